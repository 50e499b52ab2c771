import type { RegionId, RoutingTable } from '@meridian/regions';
import type { Answer } from '@meridian/test-harness';
import { askControl, tableAt } from '../control/ask-control.ts';

/** Two operators who each make another region the primary, each at its own control, having looked at the same table. */
export interface Round {
  /** The epoch that both want to make. */
  epoch: number;
  /** Tables for which an operator was told that they are decided. */
  winners: RoutingTable[];
  /** What the others were told. */
  losers: { at: RegionId; why: string; toldTable: RoutingTable | undefined }[];
  tookMs: number;
}

/** Both controls know the table on which both commands are made. */
export async function promoteAtOnce(table: RoutingTable, rivals: readonly [RegionId, RegionId]): Promise<Round> {
  await Promise.all(rivals.map((at) => tableAt(at, table.epoch)));
  const startedMs = performance.now();
  const answers = await Promise.all(rivals.map((to) => askControl(to, { kind: 'hand-over', to }, table.epoch)));
  const tookMs = performance.now() - startedMs;
  const told = answers.map((answer, i) => ({ at: rivals[i] as RegionId, answer }));
  return {
    epoch: table.epoch + 1,
    winners: told.filter(({ answer }) => answer.status === 200).map(({ answer }) => answer.body.table),
    losers: told
      .filter(({ answer }) => answer.status !== 200)
      .map(({ at, answer }) => ({ at, why: whyOf(answer), toldTable: answer.body?.table })),
    tookMs,
  };
}

function whyOf({ status, body }: Answer): string {
  return `${status} ${body?.type ?? ''} ${body?.reason ?? ''}`.trim();
}
