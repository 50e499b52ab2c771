/**
 * Span attributes of Meridian's own, beside OpenTelemetry's semantic conventions. What a reader of a trace wants to know
 * of a copied event: over which link it came, how old it was, and which event of its origin it is.
 */
export const ATTRIBUTES = {
  region: 'cloud.region',
  link: 'meridian.link',
  lagMs: 'meridian.lag_ms',
  originRegion: 'meridian.origin.region',
  originSequence: 'meridian.origin.sequence',
  /** True of a span that was made afterwards, from what a record tells: who did the work makes none. */
  derived: 'meridian.derived',
  /** What became of a remote event: `joined`, `superseded` (a later write is known here already) or `repeated`. */
  joinOutcome: 'meridian.join.outcome',
  /** What a decision is about, by which ballot it was decided, by how many votes, and what became of the proposal. */
  epoch: 'meridian.epoch',
  epochBallot: 'meridian.epoch.ballot',
  epochVotes: 'meridian.epoch.votes',
  epochOutcome: 'meridian.epoch.outcome',
  /** Attempts that it took: more than one when somebody else asked for the same epoch. */
  epochAttempts: 'meridian.epoch.attempts',
  /** The level that a request asked for. */
  consistencyLevel: 'meridian.consistency.level',
  /** The regions whose writes its token names and that were not applied here when it came. */
  consistencyMissing: 'meridian.consistency.missing',
  /** How a wait ended: `serve`, `forward` or `refuse`. */
  consistencyOutcome: 'meridian.consistency.outcome',
  /** How many were decided in one turn; its statements are in the trace of one of them, to which the others have a link. */
  turnSharedBy: 'meridian.turn.shared_by',
  /** How an order came by its units: `local`, `transfer`, `forwarded` or `refused`. */
  stockPath: 'meridian.stock.path',
  /** Units that changed hands: of an order, or of a transfer. */
  stockUnits: 'meridian.stock.units',
  /** The regions that the rights came from, or the one that an order was forwarded to. */
  stockFrom: 'meridian.stock.from',
} as const;
