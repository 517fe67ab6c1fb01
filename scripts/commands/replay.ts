import {
  findDeadLetters,
  type KeptLetter,
  listDeadLetters,
  lockUnreplayed,
  markReplayed,
  settledBy,
} from '../../functions/ledger/dead-letters.ts';
import { type Deletes, readDeletes } from '../../functions/ledger/deletes.ts';
import { replayedRuns } from '../../functions/ledger/replays.ts';
import { describeError } from '../../functions/runtime/errors.ts';
import type { Services } from '../../functions/runtime/services.ts';
import { isMovePipeline } from '../../pipelines/model/pipeline.ts';
import { connect } from './environment.ts';
import { checkNames, describeFilter, type Filter } from './filter.ts';
import { pipelineOf } from './letters.ts';
import { planReplay, type Refusal, type Work } from './replay-plan.ts';
import { follow, trigger } from './trigger.ts';

export interface ReplayOptions extends Filter {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly again?: boolean;
  readonly wait?: boolean;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/**
 * Does the work of dead letters, once what had stopped it is mended. @returns the process's exit code: 1 when a letter
 * that was named could not be replayed, when publishing failed, or when a run that was waited for did
 */
export async function replay(ids: readonly string[], options: ReplayOptions): Promise<number> {
  checkOptions(ids, options);
  const services = connect();
  try {
    const { letters, refused: past } = await choose(ids, options, services);
    const { work, refused } = planReplay(letters, await contextOf(letters, services));
    for (const { letter, reason } of [...past, ...refused])
      process.stderr.write(`${letter.messageId}: not replayed: ${reason}\n`);
    if (work.length === 0 && ids.length === 0) say(`nothing to replay${describeFilter(options)}`);
    const isRefused = ids.length > 0 && past.length + refused.length > 0;
    const done = options.dryRun ? tellOf(work) : await doAll(work, options, services);
    return isRefused || !done ? 1 : 0;
  } finally {
    await services.close();
  }
}

/** @throws Error */
function checkOptions(ids: readonly string[], { all, pipeline, table, since }: ReplayOptions): void {
  if (ids.length === 0 && !all) throw new Error('name the letters (alir dead-letters lists them), or write --all');
  const isNarrowed = pipeline !== undefined || table !== undefined || since !== undefined;
  if (ids.length > 0 && (all || isNarrowed))
    throw new Error('--all, --pipeline, --table and --since choose among all letters; with ids, leave them out');
}

/** The letters that are meant, without those that need nothing any more, unless it is to be done again. */
async function choose(
  ids: readonly string[],
  options: ReplayOptions,
  services: Services,
): Promise<{ letters: readonly KeptLetter[]; refused: readonly Refusal[] }> {
  const letters = ids.length > 0 ? await named(ids, services) : await matching(options, services);
  if (options.again) return { letters, refused: [] };
  const judged = await Promise.all(
    letters.map(async (letter) => ({ letter, reason: await whyDone(letter, services) })),
  );
  const refused = judged.flatMap(({ letter, reason }) => (reason === undefined ? [] : [{ letter, reason }]));
  const open = judged.filter(({ reason }) => reason === undefined).map(({ letter }) => letter);
  // Among all, those that are done are nobody's concern.
  return { letters: open, refused: ids.length > 0 ? refused : [] };
}

/** @throws Error naming the first that is not there; then nothing is done */
async function named(ids: readonly string[], { ledger }: Services): Promise<KeptLetter[]> {
  const letters = await findDeadLetters(ledger, [...new Set(ids)]);
  const absent = ids.find((id) => !letters.some((letter) => letter.messageId === id));
  if (absent === undefined) return letters;
  throw new Error(`the ledger has no dead letter "${absent}"; alir dead-letters lists them. Nothing was replayed`);
}

async function matching(filter: Filter, services: Services): Promise<KeptLetter[]> {
  const letters = (await listDeadLetters(services.ledger, filter)).filter(
    (letter) => filter.pipeline === undefined || pipelineOf(letter, services) === filter.pipeline,
  );
  if (letters.length === 0) checkNames(services.catalog, filter);
  return letters.reverse();
}

async function whyDone(letter: KeptLetter, services: Services): Promise<string | undefined> {
  const { replayedAt, replayedBy } = letter;
  if (replayedAt)
    return `it was replayed at ${replayedAt.toISOString()} by ${replayedBy ?? ''}; --again does it once more`;
  const by = await madeGoodBy(letter, services);
  return by && `${by} has made it good since, and nothing is left to do; --again does it nevertheless`;
}

/** The run that has done since what the letter's would have; undefined when there is none. */
export async function madeGoodBy(letter: KeptLetter, services: Services): Promise<string | undefined> {
  const [work] = planReplay([letter], await contextOf([letter], services)).work;
  if (work?.kind !== 'run' || work.rejectedBy || work.deletes || !isMovePipeline(work.pipeline)) return undefined;
  const { pipeline } = work.pipeline;
  let newest: string | undefined;
  for (const table of work.tables ?? work.pipeline.tables.map(({ destination }) => destination)) {
    newest = await settledBy(services.ledger, letter, { pipeline, table });
    if (newest === undefined) return undefined;
  }
  return newest;
}

async function contextOf(letters: readonly KeptLetter[], { catalog, environment, ledger }: Services) {
  const rejectedBy = new Map<string, readonly string[]>();
  const deletes = new Map<string, Deletes>();
  for (const { runId = '' } of letters) {
    const wanted = await readDeletes(ledger, runId);
    if (wanted) deletes.set(runId, wanted);
    const runs = await replayedRuns(ledger, runId);
    if (runs) rejectedBy.set(runId, runs);
  }
  return { catalog, environment: environment.name, rejectedBy, deletes };
}

function tellOf(works: readonly Work[]): boolean {
  for (const work of works) say(`would ${describe(work)}`);
  return true;
}

/** Does one after the other; what one of them comes to is of no concern to the rest. @returns false when one failed */
async function doAll(works: readonly Work[], { again, wait }: ReplayOptions, services: Services): Promise<boolean> {
  let isGood = true;
  const runs: string[] = [];
  for (const work of works) {
    try {
      const by = await doOne(work, again === true, services);
      say(
        by === undefined
          ? `somebody else has replayed ${idsOf(work).join(', ')} meanwhile`
          : `${by}: ${describe(work)}`,
      );
      if (by !== undefined && work.kind === 'run') runs.push(by);
    } catch (error) {
      isGood = false;
      process.stderr.write(`${idsOf(work).join(', ')}: not replayed: ${describeError(error)}\n`);
    }
  }
  for (const runId of wait ? runs : []) isGood = (await follow(services, runId)) === 0 && isGood;
  return isGood;
}

/**
 * Publishes, then writes it down, under a lock of the letters: a call that dies in between leaves them as they were, and
 * what is published twice does no harm. @returns the run or the message; undefined when others were quicker
 */
async function doOne(work: Work, again: boolean, services: Services): Promise<string | undefined> {
  return await services.ledger.transaction(async (tx) => {
    const open = await lockUnreplayed(tx, idsOf(work));
    if (open.length === 0 && !again) return undefined;
    const by = work.kind === 'run' ? await trigger(services, work) : await publish(work, services);
    await markReplayed(tx, idsOf(work), by);
    return by;
  });
}

async function publish(work: Extract<Work, { kind: 'event' }>, services: Services): Promise<string> {
  return await (await services.publisher()).publish(work.topic, work.data, work.attributes);
}

function describe(work: Work): string {
  const letters = `for ${idsOf(work).join(', ')}`;
  if (work.kind === 'event') return `publish ${work.data.length} bytes to ${work.topic} again, ${letters}`;
  const { pipeline, tables, rejectedBy, deletes } = work;
  const what = tables ? `${pipeline.pipeline}: ${tables.join(', ')}` : pipeline.pipeline;
  const rows = rejectedBy ? `, the rows that ${rejectedBy.join(', ')} rejected` : '';
  return `run ${what}${deletes ? ' --deletes' : ''}${rows}, ${letters}`;
}

function idsOf({ letters }: Work): string[] {
  return letters.map(({ messageId }) => messageId);
}
