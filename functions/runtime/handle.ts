import type { z } from 'zod';
import { topicName, type Stage } from '../../pipelines/model/names.ts';
import { queuedRuns, endRun, endTableRun, readTableRun } from '../ledger/runs.ts';
import {
  anyMessage,
  encodeMessageData,
  type Message,
  type Outgoing,
  outgoing,
  parseMessage,
} from '../messages/messages.ts';
import { type Delivery, type PubSubEvent, readDelivery } from './delivery.ts';
import { describeError, TerminalError } from './errors.ts';
import { resolveRun } from './run.ts';
import type { Services } from './services.ts';

/** Pub/Sub's limit for the value of an attribute: https://cloud.google.com/pubsub/quotas#resource_limits */
const ATTRIBUTE_BYTES = 1024;

/** A stage of the chain: what it takes, and a plain function from that to what it publishes. */
export interface StageDefinition<M extends Message> {
  readonly stage: Stage;
  readonly message: z.ZodType<M>;
  run(message: M, delivery: Delivery, services: Services): Promise<Outgoing[]>;
}

/**
 * One delivery, from push to acknowledgement: parse → run the stage → publish → acknowledge (by returning). A terminal
 * error is recorded, sent to the dead letter topic and acknowledged; anything else is thrown, and Pub/Sub tries again.
 */
export async function handle<M extends Message>(
  definition: StageDefinition<M>,
  event: PubSubEvent,
  services: Services,
): Promise<void> {
  const started = Date.now();
  const context: Record<string, unknown> = { stage: definition.stage };
  let delivery: Delivery | undefined;
  try {
    delivery = readDelivery(event);
    const message = parseMessage(definition.message, delivery.data);
    Object.assign(context, message);
    const next = await definition.run(message, delivery, services);
    await publishAll(services, [...next, ...(await waitingRuns(services, message))]);
    services.log('INFO', `${definition.stage} done`, { ...context, milliseconds: Date.now() - started });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const severity = error instanceof TerminalError ? 'ERROR' : 'WARNING';
    services.log(severity, `${definition.stage}: ${describeError(error)}`, { ...context, code });
    if (!(error instanceof TerminalError)) throw error;
    await giveUp(definition.stage, delivery, error, services);
  }
}

export async function publishAll(services: Services, messages: readonly Outgoing[]): Promise<void> {
  if (messages.length === 0) return;
  const publisher = await services.publisher();
  const publish = async ({ stage, message }: Outgoing): Promise<unknown> =>
    await publisher.publish(topicName(services.environment.name, stage), encodeMessageData(message));
  await Promise.all(messages.map(publish));
}

/** Records a terminal error against the run that the message names, and passes the message on to the dead letter topic. */
async function giveUp(
  stage: Stage,
  delivery: Delivery | undefined,
  error: TerminalError,
  services: Services,
): Promise<void> {
  if (!delivery) return; // Nothing came that could be kept; the log has said so.
  const message = anyMessage.safeParse(tryJson(delivery.data)).data;
  if (message) await failRun(services, message, delivery.publishTime, error.message);
  const publisher = await services.publisher();
  await publisher.publish(topicName(services.environment.name, 'dead-letter'), delivery.data, {
    ...delivery.attributes,
    alirStage: stage,
    alirCode: error.code,
    alirReason: truncate(error.message, ATTRIBUTE_BYTES),
    alirPublishTime: delivery.publishTime.toISOString(),
  });
  if (message) await publishAll(services, await waitingRuns(services, message));
}

/** Fails what a message stands for: its table run, or the whole run for a tick. Does nothing when that is over. */
export async function failRun(services: Services, message: Message, publishTime: Date, reason: string): Promise<void> {
  const { ledger } = services;
  if (message.kind !== 'tick') {
    await ledger.transaction(async (tx) => await endTableRun(tx, message, { state: 'failed', reason }));
    return;
  }
  // A tick of a pipeline that is not deployed stands for no run; the dead letter is its record.
  if (!services.catalog.pipelines.some(({ pipeline }) => pipeline === message.pipeline)) return;
  const run = resolveRun(services.catalog, message, publishTime);
  await ledger.transaction(async (tx) => {
    await tx.query(
      `insert into run (run_id, pipeline, tick, manual) values ($1, $2, $3, $4) on conflict (run_id) do nothing`,
      [run.runId, run.pipeline, run.tick, run.manual],
    );
    await endRun(tx, run.runId, { state: 'failed', reason });
  });
}

/** When a table run is over, those that were queued behind it get another try. Publishing them twice does no harm. */
export async function waitingRuns(services: Services, message: Message): Promise<Outgoing[]> {
  if (message.kind === 'tick') return [];
  const run = await readTableRun(services.ledger, message.runId, message.table);
  if (!run) return [];
  const held = await services.ledger.query(
    'select 1 from lease where pipeline = $1 and table_name = $2 and run_id is not null',
    [run.pipeline, message.table],
  );
  if (held.rowCount !== 0) return [];
  const [oldest] = await queuedRuns(services.ledger, run.pipeline, message.table);
  return oldest === undefined ? [] : [outgoing({ v: 1, kind: 'extract', runId: oldest, table: message.table })];
}

export function tryJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The longest beginning of a text that is at most `bytes` long in UTF-8 and splits no character. */
function truncate(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
