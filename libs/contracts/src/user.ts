import { z } from 'zod';
import { deltaFieldsOf, isoTimeSchema, textSchema, uuidSchema } from './schemas.ts';

const email = z.email().max(254);
const name = textSchema(100);
const country = z.string().regex(/^[A-Z]{2}$/, 'a country is two capitals (ISO 3166-1)');

export const registerUserRequest = z.strictObject({ email, name, country });
export type RegisterUserRequest = z.infer<typeof registerUserRequest>;

export const changeProfileRequest = z
  .strictObject({ email: email.optional(), name: name.optional(), country: country.optional() })
  .refine((fields) => Object.values(fields).some((v) => v !== undefined), 'at least one field must be given');
export type ChangeProfileRequest = z.infer<typeof changeProfileRequest>;

export const userResponse = z.object({
  id: uuidSchema,
  email,
  name,
  country,
  registeredIn: z.string(),
  registeredAt: isoTimeSchema,
});
export type UserResponse = z.infer<typeof userResponse>;

/** Delta-state of a user: the fields that a write touched, each a last-writer-wins register. */
export const userDelta = z.object({
  id: uuidSchema,
  fields: deltaFieldsOf({ email, name, country, registeredIn: z.string(), registeredAt: isoTimeSchema }),
});
export type UserDelta = z.infer<typeof userDelta>;
