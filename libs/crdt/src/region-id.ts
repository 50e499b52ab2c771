/** As in a clock reading: small letters, digits, hyphens. */
export type RegionId = string;
