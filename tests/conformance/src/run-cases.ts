import type { ConformanceCase, Outcome } from './conformance-case.ts';
import { EXPECTED_FAILURES, UNSTEADY } from './expected-failures.ts';
import { Mesh } from './mesh.ts';

/** Runs the cases one after the other against one engine; a case that fails does not keep the next from running. */
export async function runCases(
  engine: string,
  cases: readonly ConformanceCase[],
  tell: (line: string) => void,
): Promise<Outcome[]> {
  const mesh = await Mesh.start(engine);
  const outcomes: Outcome[] = [];
  try {
    for (const one of cases) {
      const outcome = await runCase(one, mesh);
      tell(`${outcome.kept ? '✓' : '✗'} ${engine} ${one.name}: ${outcome.kept ? outcome.measured : outcome.why}`);
      outcomes.push(outcome);
    }
    return outcomes;
  } finally {
    await mesh.destroy();
  }
}

async function runCase(one: ConformanceCase, mesh: Mesh): Promise<Outcome> {
  try {
    return { case: one, kept: true, measured: await one.run(mesh) };
  } catch (failure) {
    return { case: one, kept: false, why: failure instanceof Error ? failure.message : String(failure) };
  }
}

/** What is other than declared, one sentence each. */
export function surprises(
  engine: string,
  outcomes: readonly Outcome[],
  expected: Readonly<Record<string, string>> = EXPECTED_FAILURES[engine] ?? {},
  unsteady: Readonly<Record<string, string>> = UNSTEADY[engine] ?? {},
): string[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.case.name in unsteady) return [];
    const isExpected = outcome.case.name in expected;
    if (outcome.kept && isExpected)
      return [`${engine} keeps "${outcome.case.name}" now; take it from the expected failures.`];
    if (!outcome.kept && !isExpected) return [`${engine} does not keep "${outcome.case.name}": ${outcome.why}`];
    return [];
  });
}
