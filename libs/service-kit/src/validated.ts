import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { jsonPointer } from './json-pointer.ts';
import { ProblemError } from './problem-error.ts';

/** A body can be wrong in a million places; the caller is told of the first ones. */
const MAX_ERRORS = 20;

/**
 * A pipe that lets through only what the schema takes, as the schema gives it: `@Body(validated(placeOrderRequest))`,
 * likewise for `@Param`, `@Query` and `@Headers`. Refuses with `invalid-request`, which says what is wrong and where.
 */
export function validated<S extends z.ZodType>(schema: S): PipeTransform<unknown, z.infer<S>> {
  return {
    transform(value) {
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      throw new ProblemError('invalid-request', { errors: result.error.issues.flatMap(errorsOf).slice(0, MAX_ERRORS) });
    },
  };
}

function errorsOf(issue: z.core.$ZodIssue): { pointer: string; detail: string }[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: jsonPointer(issue.path), detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: jsonPointer([...issue.path, key]), detail: 'This field is not known' }));
}
