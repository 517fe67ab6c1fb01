import { topicName } from '../../pipelines/model/names.ts';
import { openSlices } from '../ledger/slices.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { nextInLine, readTableRun, type TableRunState } from '../ledger/runs.ts';
import { encodeMessageData, type Message, type Outgoing, outgoing } from '../messages/messages.ts';
import type { Services } from './services.ts';
import { requireMovePipeline, slicesAtOnce } from './table.ts';

/**
 * What is to be published once a stage of a table run is done, read from the ledger and not from what the call did. So a
 * redelivery publishes again exactly what may have been lost, and nothing once the next stage has committed too.
 */
export async function nextMessages(
  ledger: Ledger,
  key: { runId: string; table: string },
  reached: TableRunState,
): Promise<Outgoing[]> {
  const run = await readTableRun(ledger, key.runId, key.table);
  if (run?.state !== reached) return [];
  const { runId, table } = run;
  switch (reached) {
    case 'loading':
      return [outgoing({ v: 1, kind: 'load', runId, table })];
    case 'auditing':
      return [outgoing({ v: 1, kind: 'audit', runId, table })];
    case 'merging':
      return [outgoing({ v: 1, kind: 'merge', runId, table })];
    default:
      return [];
  }
}

/**
 * The slices that may be begun: at first as many as the pipeline reads at once, then for each that is `done` the one that
 * many places behind it. So no more are ever under way, and a redelivery repeats its own. The closing slice comes last.
 */
export async function sliceMessages(
  { ledger, catalog }: Pick<Services, 'ledger' | 'catalog'>,
  key: { runId: string; table: string },
  done?: number,
): Promise<Outgoing[]> {
  const run = await readTableRun(ledger, key.runId, key.table);
  if (run?.state !== 'encoding') return [];
  const { runId, table } = run;
  // Of a run that was planned before the ledger kept it.
  const atOnce = run.slicesAtOnce ?? slicesAtOnce(requireMovePipeline(catalog, run.pipeline));
  const from = done === undefined ? 0 : done + atOnce;
  const slices = await openSlices(ledger, run, [from, done === undefined ? atOnce : from + 1]);
  return slices.map((slice) => outgoing({ v: 1, kind: 'encode', runId, table, slice }));
}

/** When a table run is over, those that were queued behind it get another try. Publishing them twice does no harm. */
export async function waitingRuns(services: Services, message: Message): Promise<Outgoing[]> {
  if (message.kind === 'tick') return [];
  const oldest = await nextInLine(services.ledger, message);
  return oldest === undefined ? [] : [outgoing({ v: 1, kind: 'extract', runId: oldest, table: message.table })];
}

/** Publishes to the stages' topics; resolves when Pub/Sub has them all. */
export async function publishAll(services: Services, messages: readonly Outgoing[]): Promise<void> {
  if (messages.length === 0) return;
  const publisher = await services.publisher();
  const publish = async ({ stage, message }: Outgoing): Promise<unknown> =>
    await publisher.publish(topicName(services.environment.name, stage), encodeMessageData(message));
  await Promise.all(messages.map(publish));
}
