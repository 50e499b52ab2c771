/**
 * A `.cpuprofile` of V8 as text, for those who are not before a browser: where a process was itself, and a flame graph as
 * an indented tree. Shares are of the time in which it worked; what it idled is said and left out, as most of a service's
 * life is waiting.
 */
export interface CpuProfile {
  nodes: readonly ProfileNode[];
  /** The node that was on top at each sample. */
  samples: readonly number[];
  /** Microseconds before each sample. */
  timeDeltas: readonly number[];
}

export interface ProfileNode {
  id: number;
  callFrame: CallFrame;
  children?: readonly number[];
}

export interface CallFrame {
  functionName: string;
  url: string;
  /** From 0 on; -1 for what is no function of a file. */
  lineNumber: number;
}

interface Frame {
  name: string;
  selfUs: number;
  /** With all that it called. */
  totalUs: number;
  calls: Map<string, Frame>;
}

const IDLE = '(idle)';
const MODULE_LOADER = 'node:internal/modules/';
const MOST_SELF = 15;
/** What is less of the whole is left out of the tree. */
const LEAST_SHARE = 0.02;

export interface SelfTime {
  name: string;
  share: number;
}

/** What a process itself did longest, wherever it was called from: the first says where to look. */
export function topSelfTimes(profile: CpuProfile): SelfTime[] {
  const { busyUs, root } = callTree(profile);
  const selfUs = new Map<string, number>();
  const visit = (frame: Frame) => {
    selfUs.set(frame.name, (selfUs.get(frame.name) ?? 0) + frame.selfUs);
    frame.calls.forEach(visit);
  };
  visit(root);
  return [...selfUs]
    .filter(([, us]) => us > 0)
    .map(([name, us]) => ({ name, share: us / busyUs }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, MOST_SELF);
}

export function summariseProfile(profile: CpuProfile): string {
  const { busyUs, idleUs, root } = callTree(profile);
  const tree: string[] = [];
  const draw = ({ totalUs, name, calls }: Frame, depth: number) => {
    if (totalUs / busyUs < LEAST_SHARE) return;
    tree.push(`${percent(totalUs / busyUs)} ${' '.repeat(depth)}${name}`);
    for (const called of byTotal(calls)) draw(called, depth + 1);
  };
  for (const frame of byTotal(root.calls)) draw(frame, 0);
  return [
    `It worked for ${seconds(busyUs)} and idled for ${seconds(idleUs)}; all shares are of the first.`,
    '',
    `Longest in itself (at most ${MOST_SELF}):`,
    ...topSelfTimes(profile).map(({ name, share }) => `${percent(share)} ${name}`),
    '',
    `With all that is called from there (from ${LEAST_SHARE * 100} % on):`,
    ...tree,
    '',
  ].join('\n');
}

/** The samples as a tree of frames, with those of one caller and one function as one, and what calls itself as well. */
function callTree({ nodes, samples, timeDeltas }: CpuProfile): { busyUs: number; idleUs: number; root: Frame } {
  const selfUs = new Map<number, number>();
  // A clock that was set back leaves a negative delta.
  samples.forEach((id, i) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, timeDeltas[i] ?? 0));
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  let idleUs = 0;
  const add = (into: Frame, { id, callFrame, children = [] }: ProfileNode): number => {
    const us = selfUs.get(id) ?? 0;
    if (callFrame.functionName === IDLE) {
      idleUs += us;
      return 0;
    }
    const name = nameOf(callFrame);
    const isItsOwnCaller = name === into.name;
    const frame = isItsOwnCaller ? into : (into.calls.get(name) ?? newFrame(name));
    if (!isItsOwnCaller) into.calls.set(name, frame);
    frame.selfUs += us;
    const totalUs = children.reduce((sum, child) => sum + add(frame, byId.get(child) as ProfileNode), us);
    if (!isItsOwnCaller) frame.totalUs += totalUs;
    return totalUs;
  };
  const root = newFrame('(root)');
  const top = nodes[0];
  const busyUs = top ? (top.children ?? []).reduce((sum, id) => sum + add(root, byId.get(id) as ProfileNode), 0) : 0;
  if (busyUs === 0) throw new Error('The profile has no sample of any work.');
  return { busyUs, idleUs, root };
}

const newFrame = (name: string): Frame => ({ name, selfUs: 0, totalUs: 0, calls: new Map() });
const byTotal = (calls: Map<string, Frame>) => [...calls.values()].toSorted((a, b) => b.totalUs - a.totalUs);
const seconds = (us: number) => `${(us / 1e6).toFixed(1)} s`;
const percent = (share: number) => `${(share * 100).toFixed(1).padStart(5)} %`;

/** Packages from their name on, other files by their last three parts: enough to find them. */
function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  // It calls itself by way of a dozen functions, for each module that a module wants.
  if (url.startsWith(MODULE_LOADER)) return '(module loader)';
  const file = url.startsWith('node:')
    ? url
    : (url.split('/node_modules/').at(-1) as string).replace(/^file:.*?((?:[^/]+\/){0,3}[^/]+)$/, '$1');
  return `${name} ${file}:${lineNumber + 1}`;
}
