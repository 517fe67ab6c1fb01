import { topicName } from '../../../pipelines/model/names.ts';
import { anyMessage, type Message } from '../../../functions/messages/messages.ts';
import { resolveRun } from '../../../functions/runtime/run.ts';
import { type Invariant, runKey, Violation, type World } from './invariant.ts';
import { OVER, OVERTAKEN } from './ledger-state.ts';

/** States before the work that a message asks for; in any other it is done, or there is none left to do. */
const BEFORE: Readonly<Record<Exclude<Message['kind'], 'tick'>, readonly string[]>> = {
  extract: ['pending'],
  encode: ['pending', 'queued'],
  load: ['pending', 'queued', 'encoding', 'loading'],
  audit: ['pending', 'queued', 'encoding', 'loading', 'auditing'],
  merge: ['pending', 'queued', 'encoding', 'loading', 'auditing', 'merging'],
};

/** Nothing is acknowledged for work that was not done: it is done, or a dead letter says why not. */
export const nothingForgotten: Invariant = {
  number: 7,
  name: 'nothing is forgotten',
  afterAcknowledgement({ message, subscription }, world) {
    const { name } = world.environment;
    if (message.topic === topicName(name, 'dead-letter')) {
      // A stage names the message that it gave up; what Pub/Sub gave up has its own id.
      const id = message.attributes['alirMessageId'] ?? message.id;
      if (world.state.deadLetters.some((letter) => letter.message_id === id)) return;
      throw new Violation(nothingForgotten, `dead letter ${message.id} was acknowledged and is not in the ledger`);
    }
    const work = anyMessage.parse(JSON.parse(message.data.toString()));
    if (isDone(work, message.publishTime, world) || hasDeadLetter(message.data, world)) return;
    throw new Violation(
      nothingForgotten,
      `${subscription.name} acknowledged ${message.data.toString()}, which is not done, and there is no dead letter of it`,
    );
  },
  atEnd(world) {
    const { runs, tableRuns, deadLetters } = world.state;
    const open = [
      ...tableRuns.filter(({ state }) => !OVER.includes(state)).map((run) => `${runKey(run)} is ${run.state}`),
    ];
    open.push(...runs.filter(({ state }) => state === 'running').map(({ run_id }) => `${run_id} is running`));
    if (open.length > 0) {
      throw new Violation(nothingForgotten, `no message is left, and still ${open.join('; ')}`);
    }
    for (const run of tableRuns) {
      if (run.state !== 'failed' || OVERTAKEN.test(run.reason ?? '')) continue;
      // A tick that was given up stands for all of its tables.
      const told = deadLetters.some(
        (letter) => letter.run_id === run.run_id && (letter.table_name ?? run.table_name) === run.table_name,
      );
      if (!told)
        throw new Violation(
          nothingForgotten,
          `${runKey(run)} has failed (${run.reason ?? ''}) and nobody was told`,
          run.run_id,
        );
    }
  },
};

function isDone(work: Message, publishTime: Date, world: World): boolean {
  const { runs, tableRuns, slices } = world.state;
  if (work.kind === 'tick') {
    const { runId } = resolveRun(world.catalog, work, publishTime);
    return runs.some(({ run_id }) => run_id === runId);
  }
  const run = tableRuns.find(({ run_id, table_name }) => run_id === work.runId && table_name === work.table);
  if (!run) return false;
  if (OVER.includes(run.state)) return true;
  if (work.kind === 'encode' && run.state === 'encoding') {
    return slices.some((slice) => runKey(slice) === runKey(run) && slice.slice === work.slice && slice.object !== null);
  }
  return !BEFORE[work.kind].includes(run.state);
}

/** A stage passes the message on with the same bytes. */
function hasDeadLetter(data: Buffer, { queue, environment }: World): boolean {
  const topic = topicName(environment.name, 'dead-letter');
  return queue.history.some((message) => message.topic === topic && message.data.equals(data));
}
