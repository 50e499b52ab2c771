import type { z } from 'zod';
import type { ProblemName } from '../problem.ts';
import { skuSchema, uuidSchema } from '../schemas.ts';
import type { SchemaName } from './named-schemas.ts';

export type Parameters = Record<string, z.ZodType>;

export interface Answer {
  description: string;
  schema?: SchemaName;
  /** Header name to what it says. */
  headers?: Record<string, string>;
}

export interface Operation {
  method: 'get' | 'post' | 'patch' | 'put';
  /** With `{name}` for parameters, as OpenAPI writes them. */
  path: string;
  summary: string;
  pathParameters?: Parameters;
  query?: Parameters;
  headers?: Parameters;
  body?: SchemaName;
  answers: Record<number, Answer>;
  /** Beside those that every operation of its kind can have. */
  problems: ProblemName[];
  /** Answered inside the region only; the edge does not route it. */
  internal?: true;
  /** What regions do for each other, also where no client's write is taken: to hand over, to decide, to give back. */
  betweenRegions?: true;
  /** Decided at the aggregate's home region, whatever consistency is asked for: like `strong`. */
  atHome?: true;
  /** About the process and not about what it keeps: consistency plays no part. */
  forOperators?: true;
}

export const id = { id: uuidSchema };
export const sku = { sku: skuSchema };
export const ok = (schema: SchemaName, description: string): Record<number, Answer> => ({
  200: { description, schema },
});
export const internal = (
  path: string,
  summary: string,
  answers: Record<number, Answer>,
  more: Partial<Operation> = {},
): Operation => ({
  method: 'get',
  path,
  summary,
  answers,
  problems: [],
  internal: true,
  forOperators: true,
  ...more,
});
