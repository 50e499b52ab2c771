import { z } from 'zod';
import { deltaFieldsOf, hlcSchema, isoTimeSchema, textSchema, toldObject, uuidSchema } from './schemas.ts';

const email = z.email().max(254);
const name = textSchema(100);
const country = z.string().regex(/^[A-Z]{2}$/, 'a country is two capitals (ISO 3166-1)');

export const emailStatus = z.enum(['provisional', 'confirmed', 'lost']);
export type EmailStatus = z.infer<typeof emailStatus>;

export const registerUserRequest = z.strictObject({ email, name, country });
export type RegisterUserRequest = z.infer<typeof registerUserRequest>;

export const changeProfileRequest = z
  .strictObject({ email: email.optional(), name: name.optional(), country: country.optional() })
  .refine((fields) => Object.values(fields).some((v) => v !== undefined), 'at least one field must be given');
export type ChangeProfileRequest = z.infer<typeof changeProfileRequest>;

/** To which region a person's home moves. */
export const rehomeUserRequest = z.strictObject({ to: z.string().min(1).max(63) });
export type RehomeUserRequest = z.infer<typeof rehomeUserRequest>;

export const userResponse = z.object({
  id: uuidSchema,
  email,
  /**
   * `confirmed`: no other user has the address. `provisional`: accepted, and not yet asked of the region that decides.
   * `lost`: another user has it; this one must take another.
   */
  emailStatus,
  name,
  country,
  registeredIn: z.string(),
  registeredAt: isoTimeSchema,
  /** Where `strong` is decided for them while that region takes writes: where they were registered, or moved to since. */
  homeRegion: z.string(),
});
export type UserResponse = z.infer<typeof userResponse>;

/** Delta-state of a user: the fields that a write touched, each a last-writer-wins register. */
export const userDelta = z.object({
  id: uuidSchema,
  fields: deltaFieldsOf(
    { email, name, country, registeredIn: z.string(), registeredAt: isoTimeSchema, home: z.string() },
    {
      /** What became of the claim to the address that the write `of` set; `hlc` is when that was found. */
      emailClaim: toldObject({ status: emailStatus, of: hlcSchema, hlc: hlcSchema }),
    },
  ),
});
export type UserDelta = z.infer<typeof userDelta>;

/** A keyed digest of an address: all of it that leaves its region in a claim. */
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'not a digest');

/** Between regions only, to the claim region of an address. Idempotent by user. */
export const emailClaimRequest = z.strictObject({
  digest,
  userId: uuidSchema,
  /** Of the write that wants the address. */
  hlc: hlcSchema,
  /** Nobody waits for the answer: the user was accepted already. */
  provisional: z.boolean(),
});
export type EmailClaimRequest = z.infer<typeof emailClaimRequest>;
/**
 * The claim that stands after it. `settled`: nothing can take the address from this user. `held`: an earlier provisional
 * claim still could. `released`: nobody has it.
 */
export const emailClaimResponse = z.object({
  userId: uuidSchema,
  hlc: hlcSchema,
  state: z.enum(['held', 'settled', 'released']),
});
export type EmailClaimResponse = z.infer<typeof emailClaimResponse>;

/** A claim that is held: to be settled, or to be given back with what the same user claimed of it before. */
export const heldClaimRequest = z.strictObject({ digest, userId: uuidSchema, hlc: hlcSchema });
export type HeldClaimRequest = z.infer<typeof heldClaimRequest>;

/** Between regions only: whether a provisional claim of an earlier reading is still to come from there. */
export const earlierClaimRequest = z.strictObject({ digest, hlc: hlcSchema });
export type EarlierClaimRequest = z.infer<typeof earlierClaimRequest>;
export const earlierClaimResponse = z.object({ pending: z.boolean() });
export type EarlierClaimResponse = z.infer<typeof earlierClaimResponse>;
