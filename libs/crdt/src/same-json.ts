/** Whether two JSON values are the same, whatever the order of their keys. A key that is undefined is not there. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [inA, inB] = [entriesOf(a), entriesOf(b)];
  return inA.size === inB.size && [...inA].every(([key, value]) => inB.has(key) && sameJson(value, inB.get(key)));
}

const entriesOf = (object: object) => new Map(Object.entries(object).filter(([, value]) => value !== undefined));
