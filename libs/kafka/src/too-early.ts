/**
 * What a handler throws when the record is right and only too early: after `inMs` it can be handled. It is held for so long,
 * in its place before what follows it, if a partition may be held that long (I12); else it is a dead letter at once, as to
 * try it again would change nothing.
 */
export class TooEarly extends Error {
  override readonly name: string = 'TooEarly';
  readonly inMs: number;

  constructor(message: string, inMs: number) {
    super(message);
    this.inMs = inMs;
  }
}
