/**
 * Whether a recorded history keeps the four session guarantees and causal order (I5). Pure: a history in, the violations
 * out, each with the operations that make it one.
 *
 * The history says of every operation which version of its key it wrote or saw. Versions of one key are ordered by
 * `compare`: clock readings, or counted values. A value that "is there" is taken to include every earlier version of its
 * key, as a register does that keeps the later one.
 *
 * Sources: Terry et al. (1994) for the guarantees; Ahamad et al., "Causal Memory" (1995): a read may not miss a write
 * that lies in its past by program order and reads-from.
 *
 * Limits: it looks at what was observed. A system that never shows a violation to these sessions passes.
 */
export interface SessionOperation {
  /** Operations of one session stand in the history in the order in which it did them, one after the other. */
  session: string;
  kind: 'read' | 'write';
  key: string;
  /** Of a write: what it wrote. Of a read: what it saw; null when there was nothing. */
  version: string | null;
  /** A write whose outcome is not known (`info`) may be seen and need not be. What failed did not happen. */
  outcome: 'ok' | 'fail' | 'info';
  /** Where it was served, and its trace: for whoever reads the verdict. */
  region?: string;
  traceId?: string;
}

export type SessionGuarantee =
  | 'read-your-writes'
  | 'monotonic-reads'
  | 'monotonic-writes'
  | 'writes-follow-reads'
  | 'causal-order';

export interface SessionViolation {
  guarantee: SessionGuarantee;
  /** What should not have come out as it did. */
  operation: SessionOperation;
  /** What it should have come after. */
  after: SessionOperation;
  explanation: string;
}

export type CompareVersions = (a: string, b: string) => number;

const alphabetical: CompareVersions = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Of each session by itself: no other session's operations play a part. */
export function checkSessionGuarantees(
  history: readonly SessionOperation[],
  compare: CompareVersions = alphabetical,
): SessionViolation[] {
  const violations: SessionViolation[] = [];
  /** By session and key, the operation with the greatest version so far. */
  const written = new Latest(compare);
  const seen = new Latest(compare);
  for (const operation of history) {
    const { session, key, kind, outcome } = operation;
    if (outcome !== 'ok') continue;
    const place = `${session} ${key}`;
    const [afterWrite, afterRead]: SessionGuarantee[] =
      kind === 'read' ? ['read-your-writes', 'monotonic-reads'] : ['monotonic-writes', 'writes-follow-reads'];
    for (const [guarantee, earlier] of [
      [afterWrite, written.of(place)],
      [afterRead, seen.of(place)],
    ] as const)
      if (guarantee && earlier && isBehind(operation, earlier, compare))
        violations.push(violation(guarantee, operation, earlier));
    (kind === 'read' ? seen : written).take(place, operation);
  }
  return violations;
}

/**
 * Over all sessions: whoever has seen an effect does not miss its cause, wherever the two were written. What the two
 * checks have in common, within one session and key, is told by the first alone.
 */
export function checkCausalOrder(
  history: readonly SessionOperation[],
  compare: CompareVersions = alphabetical,
): SessionViolation[] {
  const happened = history.filter(({ outcome }) => outcome !== 'fail');
  const pasts = pastsOf(happened, compare);
  const own = new Set(checkSessionGuarantees(history, compare).map(({ operation }) => operation));
  return happened.flatMap((operation, i) => {
    const earlier = (pasts[i] as Past).get(operation.key);
    if (operation.outcome !== 'ok' || own.has(operation) || !earlier || !isBehind(operation, earlier, compare))
      return [];
    return [violation('causal-order', operation, earlier)];
  });
}

/** By key, the operation with the greatest version that lies before. */
type Past = Map<string, SessionOperation>;

/**
 * The past of every operation, itself left out: that of the one before it in its session, and, of what that one saw,
 * the past of whoever wrote it. Repeated until nothing is added, as a history may name a read before the write it saw.
 */
function pastsOf(history: readonly SessionOperation[], compare: CompareVersions): Past[] {
  const writers = new Map<string, number>();
  for (const [i, { kind, key, version }] of history.entries())
    if (kind === 'write' && version !== null) writers.set(`${key} ${version}`, i);
  const pasts: Past[] = history.map(() => new Map());
  for (let grew = true; grew; ) {
    grew = false;
    const before = new Map<string, number>();
    for (const [i, { session }] of history.entries()) {
      const previous = before.get(session);
      before.set(session, i);
      if (previous === undefined) continue;
      const past = pasts[i] as Past;
      const add = (operation: SessionOperation) => {
        const known = past.get(operation.key);
        if (operation.version === null || (known && !isBehind(known, operation, compare))) return;
        past.set(operation.key, operation);
        grew = true;
      };
      const { kind, key, version, outcome } = history[previous] as SessionOperation;
      for (const operation of (pasts[previous] as Past).values()) add(operation);
      // What may not have happened need not be seen; who has seen it has said so by a read.
      if (outcome === 'ok') add(history[previous] as SessionOperation);
      const writer = kind === 'read' && version !== null ? writers.get(`${key} ${version}`) : undefined;
      if (writer !== undefined) for (const operation of (pasts[writer] as Past).values()) add(operation);
    }
  }
  return pasts;
}

class Latest {
  readonly #byPlace = new Map<string, SessionOperation>();
  readonly #compare: CompareVersions;

  constructor(compare: CompareVersions) {
    this.#compare = compare;
  }

  of(place: string): SessionOperation | undefined {
    return this.#byPlace.get(place);
  }

  take(place: string, operation: SessionOperation): void {
    const known = this.#byPlace.get(place);
    if (operation.version !== null && (!known || isBehind(known, operation, this.#compare)))
      this.#byPlace.set(place, operation);
  }
}

/** A read may see again what was seen; a write makes something new. */
function isBehind(operation: SessionOperation, earlier: SessionOperation, compare: CompareVersions): boolean {
  if (earlier.version === null) return false;
  if (operation.version === null) return true;
  const order = compare(operation.version, earlier.version);
  return operation.kind === 'write' && earlier !== operation && operation.session === earlier.session
    ? order <= 0
    : order < 0;
}

function violation(
  guarantee: SessionGuarantee,
  operation: SessionOperation,
  after: SessionOperation,
): SessionViolation {
  const words = ({ session, kind, key, version, region }: SessionOperation) =>
    `${session} ${kind === 'read' ? 'saw' : 'wrote'} ${version ?? 'nothing'} of ${key}${region ? ` in ${region}` : ''}`;
  return { guarantee, operation, after, explanation: `${words(operation)}, after ${words(after)}` };
}
