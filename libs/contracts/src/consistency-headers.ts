import { CONSISTENCY_LEVELS } from '@meridian/consistency';
import { z } from 'zod';
import { HEADERS } from './headers.ts';

/** What every operation on kept data takes beside its own headers, and what each of its answers says. */

export const consistencyParameters: Record<string, z.ZodType> = {
  [HEADERS.consistency]: z
    .enum(CONSISTENCY_LEVELS)
    .optional()
    .describe('What is asked for. Without it: `session` when there is a token, else `eventual`.'),
  [HEADERS.token]: z
    .string()
    .max(4_096)
    .optional()
    .describe('The token of the last answer that had one: what this session has made and seen. Opaque.'),
};

export const consistencyAnswerHeaders: Record<string, string> = {
  [HEADERS.region]: 'The region that served the request',
  [HEADERS.consistency]: 'The level that was reached',
  [HEADERS.token]: 'What this session has made and seen by now; absent while that is nothing',
  [HEADERS.stalenessMs]: 'How old what is shown may be, in milliseconds; absent when that is not known',
};
