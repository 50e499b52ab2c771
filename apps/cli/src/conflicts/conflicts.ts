import { conflictResponse } from '@meridian/contracts';
import type { Command } from 'commander';
import { CommandFailure, usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { ask } from '../instance/ask.ts';
import type { InSession } from '../program.ts';
import type { Session } from '../session.ts';
import { findConflict, ledgerUrl, listConflicts } from './ledgers-of.ts';
import type { MergedConflict } from './merge-conflicts.ts';
import { renderConflict, renderConflicts, silenceSentence } from './render-conflicts.ts';

const STATUSES = ['open', 'resolved'];
const SHOWN_AT_MOST = 200;

/** What joins discarded, as the ledgers of all regions and services know it together. */
export function addConflictsCommand(program: Command, inSession: InSession): void {
  const conflicts = program
    .command('conflicts')
    .summary('show what joins discarded, and write a losing value again')
    .description('Show what joins discarded in any region, and write a losing value again.');
  addList(conflicts, inSession);
  addShow(conflicts, inSession);
  addReapply(conflicts, inSession);
}

function addList(conflicts: Command, inSession: InSession): void {
  defineCommand(conflicts, {
    usage: 'list',
    isDefault: true,
    summary: 'list what joins discarded, newest first',
    details: 'Every region keeps what its own joins discarded; here is the union of them.',
    examples: [
      ['conflicts', 'the latest 50 of each ledger'],
      ['conflicts list --status open', 'those that nobody has resolved'],
      ['conflicts list --of 7b9e2f0c-54a1-4c0e-9d55-0f8f6f3c2a41', 'those of one user, product or order'],
    ],
    failsWhen: 'no ledger answers',
  })
    .option('--status <status>', `only those that are ${STATUSES.join(' or ')}`)
    .option('--of <id>', 'only those of this user, product or order')
    .option('--limit <n>', `at most n of each ledger, up to ${SHOWN_AT_MOST}`, '50')
    .action(
      inSession<{ status?: string; of?: string; limit: string }>(async (session, { status, of, limit }) => {
        if (status !== undefined && !STATUSES.includes(status))
          throw usageFault(`A conflict is ${STATUSES.join(' or ')}, not "${status}".`);
        if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > SHOWN_AT_MOST)
          throw usageFault(`A limit is a whole number from 1 to ${SHOWN_AT_MOST}, not "${limit}".`);
        const { conflicts: listed, silent } = await listConflicts(session, queryOf({ aggregateId: of, limit }));
        // One region's "resolved" holds for all, so what is open shows only once all have been heard.
        const shown = listed.filter((one) => status === undefined || one.status === status);
        const { terminal } = session;
        if (session.json) return terminal.line(JSON.stringify({ conflicts: shown, silent }, null, 2));
        terminal.line(renderConflicts(shown, { ...terminal, nowMs: Date.now() }));
        sayWhoIsSilent(session, silent);
      }),
    );
}

function addShow(conflicts: Command, inSession: InSession): void {
  defineCommand(conflicts, {
    usage: 'show <id>',
    summary: 'show one conflict with both values, readings and traces',
    details: 'The beginning of an id will do, while it stands for one of the latest.',
    examples: [['conflicts show 1ebb9ce5', 'what lost, what won, where and when']],
    failsWhen: 'there is no such conflict',
  }).action(
    inSession(async (session, _options, [id = '']) => {
      const conflict = await theConflict(session, id);
      if (session.json) session.terminal.line(JSON.stringify(conflict, null, 2));
      else session.terminal.line(renderConflict(conflict, { ...session.terminal, nowMs: Date.now() }));
    }),
  );
}

function addReapply(conflicts: Command, inSession: InSession): void {
  defineCommand(conflicts, {
    usage: 'reapply <id>',
    summary: 'write the value that lost again, as a new write, which then wins everywhere',
    examples: [['conflicts reapply 1ebb9ce5', 'the losing value is the latest now, in every region']],
    failsWhen: 'there is no such conflict, or its value cannot be written again',
  }).action(
    inSession(async (session, _options, [id = '']) => {
      const conflict = await theConflict(session, id);
      const { service, field } = conflict;
      if (conflict.status === 'resolved') throw new CommandFailure(`The conflict ${conflict.id} is resolved already.`);
      const [region = ''] = conflict.noticedIn;
      const url = `${ledgerUrl(session, region, service)}/${conflict.id}/reapply`;
      const entry = await ask(session, `${region}/${service}`, { method: 'POST', url, body: {} }, conflictResponse);
      if (session.json) session.terminal.line(JSON.stringify({ ...conflict, ...entry }, null, 2));
      else session.terminal.line(`Written again in ${region}; the ${field} that had lost is the latest write now.`);
    }),
  );
}

/** By its whole id, or by the beginning of one. */
async function theConflict(session: Session, id: string): Promise<MergedConflict> {
  if (!/^[0-9a-f]{4,8}(-[0-9a-f-]*)?$/i.test(id)) throw usageFault(`"${id}" is not the id of a conflict.`);
  const whole = id.length === 36 ? id.toLowerCase() : await completed(session, id.toLowerCase());
  const { conflict, silent } = await findConflict(session, whole);
  sayWhoIsSilent(session, silent);
  if (!conflict) throw new CommandFailure(`No region has noticed a conflict ${id}.`);
  return conflict;
}

async function completed(session: Session, beginning: string): Promise<string> {
  const { conflicts } = await listConflicts(session, queryOf({ limit: String(SHOWN_AT_MOST) }));
  const matching = conflicts.filter(({ id }) => id.startsWith(beginning));
  if (matching.length > 1) throw usageFault(`"${beginning}" stands for ${matching.length} conflicts; give more of it.`);
  return matching[0]?.id ?? absent(beginning);
}

function absent(beginning: string): never {
  throw new CommandFailure(
    `None of the latest conflicts begins with ${beginning}; give the whole id for an older one.`,
  );
}

function queryOf({ aggregateId, limit }: { aggregateId?: string; limit: string }): URLSearchParams {
  return new URLSearchParams({ limit, ...(aggregateId !== undefined && { aggregateId }) });
}

function sayWhoIsSilent({ terminal }: Session, silent: readonly string[]): void {
  const sentence = silenceSentence(silent);
  if (sentence) terminal.errorLine(terminal.paint('warn', sentence));
}
