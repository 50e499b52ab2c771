import { PROBLEMS, type Problem, type ProblemName } from '@meridian/contracts';

export type ProblemMembers = Omit<Problem, 'type' | 'title' | 'status' | 'instance' | 'traceId'>;

/** Thrown by a use case to refuse a request: becomes the `application/problem+json` answer of that name. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly problem: ProblemName,
    readonly members: ProblemMembers = {},
    /** For the answer, e.g. `retry-after`. */
    readonly headers: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(members.detail ?? PROBLEMS[problem].title, options);
  }
}
