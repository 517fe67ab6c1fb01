import type { KeptLetter } from '../../functions/ledger/dead-letters.ts';
import { eventPipelineOf, publishedAttributes } from '../../functions/messages/letters.ts';
import { readMessage } from '../../functions/runtime/failure.ts';
import { eventTopicName } from '../../pipelines/model/names.ts';
import { isMovePipeline } from '../../pipelines/model/pipeline.ts';
import { type Catalog, findPipeline } from '../../pipelines/model/read.ts';
import type { Deletes } from '../../functions/ledger/deletes.ts';
import { resolveTables, type Wanted } from './trigger.ts';

/** What is to be done so that the work of a letter is done. */
export type Work =
  | {
      readonly kind: 'event';
      readonly letters: readonly KeptLetter[];
      readonly topic: string;
      readonly data: Buffer;
      readonly attributes: Readonly<Record<string, string>>;
    }
  | ({ readonly kind: 'run'; readonly letters: readonly KeptLetter[] } & Wanted);

/** Why nothing can be done for a letter. */
export interface Refusal {
  readonly letter: KeptLetter;
  readonly reason: string;
}

export interface ReplayContext {
  readonly catalog: Catalog;
  /** The environment's name. */
  readonly environment: string;
  /** The runs whose rejected rows a run was to read again; undefined for every other run. */
  readonly rejectedBy: ReadonlyMap<string, readonly string[]>;
  /** Runs that were to find rows that are gone, and how. */
  readonly deletes?: ReadonlyMap<string, Deletes>;
}

/**
 * What the letters are for. The message of a run that is over would do nothing, so its work is a new run: one for all
 * letters of a pipeline's tables. Each lost tick of a generator is rows that were not generated, so each is a run of its
 * own. An event is somebody's own message, and is published again as it was. Pure.
 */
export function planReplay(
  letters: readonly KeptLetter[],
  context: ReplayContext,
): { readonly work: readonly Work[]; readonly refused: readonly Refusal[] } {
  const work = new Map<string, Work>();
  const refused: Refusal[] = [];
  for (const letter of letters) {
    try {
      const one = workOf(letter, context);
      const key = keyOf(one, letter);
      const known = work.get(key);
      work.set(key, known ? join(known, one) : one);
    } catch (error) {
      refused.push({ letter, reason: (error as Error).message });
    }
  }
  return { work: [...work.values()], refused };
}

/** @throws Error saying why there is nothing to be done */
function workOf(letter: KeptLetter, { catalog, environment, rejectedBy, deletes }: ReplayContext): Work {
  const { attributes, body, messageId, runId, table } = letter;
  const events = eventPipelineOf(attributes, environment, catalog);
  if (events !== undefined) {
    const topic = eventTopicName(environment, events);
    return { kind: 'event', letters: [letter], topic, data: body, attributes: publishedAttributes(attributes) };
  }
  const subscription = attributes['CloudPubSubDeadLetterSourceSubscription'] ?? '';
  if (subscription.startsWith(eventTopicName(environment, '')))
    throw new Error(`it is an event of ${subscription}, and no event pipeline of that name is deployed`);

  const message = readMessage(body);
  if (!message) {
    throw new Error(
      `its bytes are no message of Alir, so nobody can say what it stands for (alir dead-letters show ${messageId}); if you know, alir run <pipeline>`,
    );
  }
  const again = runId === undefined ? undefined : rejectedBy.get(runId);
  if (message.kind === 'tick') {
    const pipeline = findPipeline(catalog, message.pipeline);
    const tables = message.tables && resolveTables(pipeline, message.tables);
    return {
      kind: 'run',
      letters: [letter],
      pipeline,
      tables,
      rejectedBy: message.rejectedBy,
      deletes: message.deletes,
    };
  }
  if (letter.pipeline === undefined)
    throw new Error(`the ledger has no run ${message.runId}, so it is of no pipeline that is known`);
  const pipeline = findPipeline(catalog, letter.pipeline);
  return {
    kind: 'run',
    letters: [letter],
    pipeline,
    tables: resolveTables(pipeline, [table ?? message.table]),
    rejectedBy: again,
    deletes: deletes?.get(message.runId),
  };
}

function keyOf(work: Work, { messageId, runId }: KeptLetter): string {
  if (work.kind === 'event') return `event ${messageId}`;
  const { pipeline, rejectedBy = [], deletes } = work;
  if (!isMovePipeline(pipeline)) return `tick ${runId ?? messageId}`;
  return JSON.stringify([pipeline.pipeline, deletes ?? null, ...rejectedBy]);
}

function join(known: Work, one: Work): Work {
  const letters = [...known.letters, ...one.letters];
  if (known.kind === 'event' || one.kind === 'event') return { ...known, letters };
  const tables = known.tables && one.tables ? [...new Set([...known.tables, ...one.tables])] : undefined;
  return { ...known, letters, tables };
}
