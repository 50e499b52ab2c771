import { HEADERS, idempotencyKeySchema } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { z } from 'zod';
import type { Consistency } from './email-claims/secure-email.ts';

type RequestHeaders = Readonly<Record<string, string | undefined>>;

const consistency = z.enum(['eventual', 'session', 'strong']).default('strong');

/** How sure a client wants to be of an address before the answer; sure, unless they say otherwise. */
export function consistencyIn(headers: RequestHeaders): Consistency {
  return checked(headers, HEADERS.consistency, consistency);
}

export function idempotencyKeyIn(headers: RequestHeaders): string | undefined {
  return checked(headers, HEADERS.idempotencyKey, idempotencyKeySchema.optional());
}

function checked<S extends z.ZodType>(headers: RequestHeaders, name: string, schema: S): z.output<S> {
  const { success, data, error } = schema.safeParse(headers[name]);
  if (success) return data;
  const errors = error.issues.map(({ message }) => ({ pointer: `/headers/${name}`, detail: message }));
  throw new ProblemError('invalid-request', { errors });
}
