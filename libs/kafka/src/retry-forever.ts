/**
 * What a handler throws when not the record is at fault but what it needs is away (a database, another service): the
 * record is then tried again without limit and never dead-lettered.
 */
export class RetryForever extends Error {
  override readonly name = 'RetryForever';
}
