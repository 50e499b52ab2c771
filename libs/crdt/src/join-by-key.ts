/**
 * The join of two maps is the join of what they hold per key: a product of lattices is a lattice.
 * Through a Map, so that a key like `__proto__` or `constructor` from outside is a key like any other.
 */
export function joinByKey<V>(
  a: Readonly<Record<string, V | undefined>>,
  b: Readonly<Record<string, V | undefined>>,
  join: (x: V | undefined, y: V | undefined) => V | undefined,
): Record<string, V | undefined> {
  const news = Object.entries(b);
  if (news.length === 0) return a;
  const joined = new Map(Object.entries(a));
  for (const [key, value] of news) joined.set(key, join(joined.get(key), value));
  return Object.fromEntries(joined);
}
