import { type Stage, topicName } from '../../pipelines/model/names.ts';
import type { LogEvent } from '../../pipelines/model/log-events.ts';
import { endingOfRun, endingsOfTable } from '../ledger/endings.ts';
import { lastWords } from '../ledger/last-words.ts';
import type { Queryable } from '../ledger/queryable.ts';
import { endRun, endTableRun, pendingTables, startRun } from '../ledger/runs.ts';
import { anyMessage, type Message } from '../messages/messages.ts';
import { publishAll, waitingRuns } from './chain.ts';
import type { Delivery } from './delivery.ts';
import { type Failure, failureOf, type TerminalError } from './errors.ts';
import { report } from './report.ts';
import { findRun } from './run.ts';
import type { Services } from './services.ts';

/** Pub/Sub's limit for the value of an attribute: https://cloud.google.com/pubsub/quotas#resource_limits */
const ATTRIBUTE_BYTES = 1024;

/**
 * Passes a message that nothing can do on to the dead letter topic, and fails the run that it names. In this order: once
 * the run is over, a redelivery has nothing left to do, and a letter that was not sent by then would never be.
 */
export async function giveUp(
  stage: Stage,
  delivery: Delivery,
  error: TerminalError,
  services: Services,
): Promise<void> {
  const publisher = await services.publisher();
  await publisher.publish(topicName(services.environment.name, 'dead-letter'), delivery.data, {
    ...delivery.attributes,
    alirStage: stage,
    alirMessageId: delivery.messageId,
    alirCode: error.code,
    alirReason: truncate(error.message, ATTRIBUTE_BYTES),
    alirPublishTime: delivery.publishTime.toISOString(),
  });
  const message = readMessage(delivery.data);
  if (!message) return;
  await failRun(services, message, delivery.publishTime, error.message, failureOf(error));
  await publishAll(services, await waitingRuns(services, message));
}

/**
 * Fails what a message stands for: its table run, or for a tick the run with every table that has not begun. Does
 * nothing to what is over.
 * @param reason what people are told
 * @param known the error; whoever has only heard of it takes what the ledger has
 */
export async function failRun(
  services: Services,
  message: Message,
  publishTime: Date,
  reason: string,
  known?: Failure,
): Promise<void> {
  const told: LogEvent[] = [];
  const failedFor = async (tx: Queryable, runId: string, table: string) => {
    const failure = known ?? (await lastWords(tx, runId, table)) ?? gaveUp(reason);
    return { state: 'failed', reason, failure } as const;
  };
  await services.ledger.transaction(async (tx) => {
    if (message.kind !== 'tick') {
      const failed = await failedFor(tx, message.runId, message.table);
      if (await endTableRun(tx, message, failed)) told.push(...(await endingsOfTable(tx, message)));
      return;
    }
    const run = findRun(services.catalog, message, publishTime);
    if (!run) return; // The dead letter is the only record of it.
    const { runId } = run;
    const failed = await failedFor(tx, runId, '');
    if (await startRun(tx, run, [])) told.push({ event: 'run-began', ...run });
    for (const table of await pendingTables(tx, runId)) {
      if (await endTableRun(tx, { runId, table }, failed)) told.push(...(await endingsOfTable(tx, { runId, table })));
    }
    if (await endRun(tx, runId, failed)) told.push(...(await endingOfRun(tx, runId)));
  });
  report(services, told);
}

function gaveUp(reason: string): Failure {
  return { errorClass: 'transient', code: 'GAVE_UP', text: reason };
}

/** The message in a delivery's bytes; undefined when it is none of ours. */
export function readMessage(data: Buffer): Message | undefined {
  try {
    return anyMessage.safeParse(JSON.parse(data.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** The longest beginning of a text that is at most `bytes` long in UTF-8 and splits no character. */
function truncate(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
