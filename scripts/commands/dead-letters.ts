import { findDeadLetters, type KeptLetter, listDeadLetters } from '../../functions/ledger/dead-letters.ts';
import { giverOf } from '../../functions/messages/letters.ts';
import type { Services } from '../../functions/runtime/services.ts';
import { connect } from './environment.ts';
import { checkNames, describeFilter, type Filter } from './filter.ts';
import { formatTable } from './format.ts';
import { pipelineOf, readBody } from './letters.ts';
import { madeGoodBy } from './replay.ts';

export interface DeadLettersOptions extends Filter {
  readonly limit: number;
  readonly json?: boolean;
}

/** A reason may be pages long; `show` has all of it. */
const REASON_CHARACTERS = 100;

/** Lists the messages that no function could do, the newest first. @returns the process's exit code */
export async function deadLetters(options: DeadLettersOptions): Promise<number> {
  const services = connect();
  try {
    const all = (await listDeadLetters(services.ledger, options)).filter(
      (letter) => options.pipeline === undefined || pipelineOf(letter, services) === options.pipeline,
    );
    if (all.length === 0) checkNames(services.catalog, options);
    const letters = await Promise.all(all.slice(0, options.limit).map(async (one) => await summarize(one, services)));
    process.stdout.write(`${options.json ? JSON.stringify(letters) : describeAll(letters, all.length, options)}\n`);
    return 0;
  } finally {
    await services.close();
  }
}

/** Prints everything about one. @returns the process's exit code */
export async function showDeadLetter(id: string, { json }: { readonly json?: boolean }): Promise<number> {
  const services = connect();
  try {
    const [letter] = await findDeadLetters(services.ledger, [id]);
    if (!letter) throw new Error(`the ledger has no dead letter "${id}"; alir dead-letters lists them`);
    const summary = await summarize(letter, services);
    const { as, value } = readBody(letter.body);
    const text = json
      ? JSON.stringify({ ...summary, attributes: letter.attributes, body: { [as]: value } })
      : describeOne(summary, letter, as === 'json' ? JSON.stringify(value, undefined, 2) : `${as}: ${String(value)}`);
    process.stdout.write(`${text}\n`);
    return 0;
  } finally {
    await services.close();
  }
}

type Summary = Awaited<ReturnType<typeof summarize>>;

async function summarize(letter: KeptLetter, services: Services) {
  const { messageId: id, receivedAt, runId, table, reason, replayedAt, replayedBy } = letter;
  const giver = giverOf(letter.attributes, services.environment.name);
  const settledBy = replayedAt ? undefined : await madeGoodBy(letter, services);
  return {
    id,
    receivedAt,
    giver,
    pipeline: pipelineOf(letter, services),
    runId,
    table,
    reason,
    replayedAt,
    replayedBy,
    settledBy,
  };
}

function describeAll(letters: readonly Summary[], count: number, filter: Filter): string {
  if (letters.length === 0)
    return `no dead letters${describeFilter(filter)}: every message was done, or is being tried`;
  const rows = letters.map((one) => [
    ...[one.id, one.receivedAt, one.giver, subjectOf(one), stateOf(one)],
    shorten(one.reason),
  ]);
  const rest = count > letters.length ? `\n… and ${count - letters.length} older ones: --limit, --since` : '';
  const open = letters.some(({ replayedAt, settledBy }) => !replayedAt && settledBy === undefined);
  const next = open ? '\n\nOnce the cause is mended: alir replay <id>, or alir replay --all' : '';
  return `${formatTable(['id', 'received', 'given up by', 'of', 'state', 'reason'], rows)}${rest}${next}`;
}

function describeOne(summary: Summary, { attributes, reason }: KeptLetter, body: string): string {
  const facts = [
    ['id', summary.id],
    ['received', summary.receivedAt.toISOString()],
    ['given up by', summary.giver],
    ['of', subjectOf(summary)],
    ['state', stateOf(summary)],
    ...Object.entries(attributes).map(([name, value]) => [`attribute ${name}`, value]),
  ];
  const width = Math.max(...facts.map(([name = '']) => name.length));
  const lines = facts.map(([name = '', value = '']) => `${name.padEnd(width)}  ${value}`);
  return `${lines.join('\n')}\n\nreason\n${reason}\n\nbody\n${body}`;
}

function subjectOf({ pipeline, runId, table }: Summary): string {
  if (runId === undefined) return pipeline ?? 'nothing that is known';
  return table === undefined ? runId : `${runId}/${table}`;
}

function stateOf({ replayedAt, replayedBy, settledBy }: Summary): string {
  if (replayedAt) return `replayed ${replayedAt.toISOString()} by ${replayedBy ?? ''}`;
  return settledBy === undefined ? 'waiting' : `made good by ${settledBy}`;
}

function shorten(reason: string): string {
  const [line = ''] = reason.split('\n');
  return line.length < reason.length || line.length > REASON_CHARACTERS ? `${line.slice(0, REASON_CHARACTERS)}…` : line;
}
