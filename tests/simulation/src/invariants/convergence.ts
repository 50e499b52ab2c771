import type { Invariant } from './invariant.ts';

/** I1: after the last fault has healed and all is applied, every aggregate is the same in all regions. */
export function convergence(): Invariant {
  return {
    name: 'I1 convergence',
    atRest({ regions }) {
      const [first, ...others] = regions;
      if (!first) return undefined;
      for (const service of first.services)
        for (const other of others) {
          const there = other.services.find(({ name }) => name === service.name);
          const keys = new Set([...service.rows.keys(), ...(there?.rows.keys() ?? [])]);
          for (const key of keys) {
            const [here, elsewhere] = [service, there].map((one) => canonical(one?.rows.get(key)?.state));
            if (here !== elsewhere)
              return `${service.name} ${key} is ${here} in ${first.id} and ${elsewhere} in ${other.id}`;
          }
        }
      return undefined;
    },
  };
}

/** As jsonb has it: the order of members does not matter. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).sort()}}`;
}
