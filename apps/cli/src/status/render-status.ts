import type { ControlStatuses } from '../instance/control.ts';
import type { EdgeRegion } from '../instance/edge.ts';
import type { ProcessStatus, RunnerStatus } from '../instance/process-status.ts';
import type { LinkState } from '../instance/wan.ts';
import { renderMode } from '../mode/render-mode.ts';
import type { SourceReport } from '../sources/judge-sources.ts';
import { renderSources } from '../sources/render-sources.ts';
import { formatBytes, formatMs } from '../terminal/format-figures.ts';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint, Tone } from '../terminal/terminal.ts';

export interface InstanceStatus {
  runner: RunnerStatus;
  /** Undefined when the edge, or the WAN, did not answer. */
  edge: EdgeRegion[] | undefined;
  links: LinkState[] | undefined;
  controls: ControlStatuses;
  /** Of the services that answered. */
  sources: SourceReport[];
}

interface RenderOptions {
  regions: readonly string[];
  width: number;
  paint: Paint;
}

const PROCESS_COLUMNS: Column[] = [
  { title: 'process', shrink: true },
  { title: 'state' },
  { title: 'pid', align: 'right' },
  { title: 'port', align: 'right' },
  { title: 'restarts', align: 'right' },
  { title: 'memory', align: 'right' },
];
const EDGE_COLUMNS: Column[] = [
  { title: 'the edge sees' },
  { title: '' },
  { title: 'probe', align: 'right' },
  { title: 'requests', align: 'right' },
  { title: 'no answer', align: 'right' },
  { title: 'why', shrink: true },
];
const FAULT_COLUMNS: Column[] = [
  { title: 'link', shrink: true },
  { title: 'fault' },
  { title: 'ways' },
  { title: 'one-way delay', align: 'right' },
];

export function renderStatus(status: InstanceStatus, options: RenderOptions): string {
  const { paint } = options;
  const { processes, profile } = status.runner;
  const sections = [
    renderTable(
      PROCESS_COLUMNS,
      ordered(processes, options.regions).map((p) => processRow(p)),
      options,
    ),
  ];
  sections.push(
    `${processes.length} processes, ${formatBytes(totalRssBytes(processes))} resident in all; WAN profile ${profile}`,
  );
  sections.push(renderMode(status.controls, options));
  if (status.edge) sections.push(renderTable(EDGE_COLUMNS, status.edge.map(edgeRow), options));
  else sections.push(paint('bad', 'The edge does not answer.'));
  const faulty = status.links?.filter((link) => link.fault !== null);
  if (!faulty) sections.push(paint('bad', 'The WAN does not answer.'));
  else if (faulty.length > 0) sections.push(renderTable(FAULT_COLUMNS, faulty.map(faultRow), options));
  else sections.push('No link has a fault.');
  sections.push(renderSources(status.sources, options));
  return sections.join('\n\n');
}

export function totalRssBytes(processes: readonly ProcessStatus[]): number {
  return processes.reduce((sum, p) => sum + (p.rssBytes ?? 0), 0);
}

export function isRunningState(process: ProcessStatus): boolean {
  return process.state === 'running';
}

/** The topology's order of regions, then what stands in no region. */
function ordered(processes: readonly ProcessStatus[], regions: readonly string[]): ProcessStatus[] {
  const rank = (p: ProcessStatus) => (p.region ? regions.indexOf(p.region) : regions.length);
  return [...processes].sort((a, b) => rank(a) - rank(b));
}

function processRow(p: ProcessStatus): Cell[] {
  return [
    p.name,
    { text: p.state, tone: toneOf(p.state) },
    p.pid ? String(p.pid) : '',
    p.port ? String(p.port) : '',
    { text: String(p.restarts), tone: p.restarts > 0 ? 'warn' : 'dim' },
    p.rssBytes ? formatBytes(p.rssBytes) : '',
  ];
}

function toneOf(state: string): Tone {
  if (state === 'running') return 'good';
  return state === 'starting' || state === 'restarting' ? 'warn' : 'bad';
}

function edgeRow({ region, healthy, why, probeMs, services }: EdgeRegion): Cell[] {
  const sum = (figure: (service: (typeof services)[number]) => number) => services.reduce((n, s) => n + figure(s), 0);
  const noAnswers = sum((s) => s.noAnswers);
  return [
    region,
    healthy ? { text: 'healthy', tone: 'good' } : { text: 'out', tone: 'bad' },
    probeMs === null ? '–' : formatMs(probeMs),
    String(sum((s) => s.requests)),
    { text: String(noAnswers), tone: noAnswers > 0 ? 'warn' : 'dim' },
    why ?? '',
  ];
}

function faultRow(link: LinkState): Cell[] {
  return [link.id, { text: link.fault ?? '', tone: 'bad' }, waysOf(link), `${link.delayMs} ms`];
}

/** A one-way partition blocks a link in one direction of its bytes. */
function waysOf({ blocked, from, to }: LinkState): string {
  if (blocked.there === blocked.back) return 'both';
  return blocked.there ? `only ${from} → ${to}` : `only ${to} → ${from}`;
}
