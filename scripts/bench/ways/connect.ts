import pg from 'pg';
import { clientConfig } from '../../../functions/sources/connection.ts';
import { compilePlan } from '../../../functions/transcoder/plan.ts';
import { describeColumns } from '../../../functions/transcoder/columns.ts';
import { type TranscodeOptions, Transcoding } from '../../../functions/transcoder/transcode.ts';
import { parseContract } from '../../../schemas/contract.ts';
import type { Task } from '../task.ts';

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(url, { timezone: 'UTC' }));
  await client.connect();
  return client;
}

/** What a task's rows are called in SQL, all columns of the contract. */
export function queryOf({ table, contract, where }: Task, select = columnsOf(contract)): string {
  return `select ${select} from ${table}${where === undefined ? '' : ` where ${where}`}`;
}

function columnsOf(contract: Record<string, unknown>): string {
  return (contract['fields'] as { name: string }[]).map(({ name }) => pg.escapeIdentifier(name)).join(', ');
}

/** The transcoder as `encode` makes it, but a row that does not fit ends it: what is timed must be all rows. */
export async function openTranscoding(client: pg.Client, task: Task): Promise<Transcoding> {
  const { table, contract, codec } = task;
  const plan = compilePlan(parseContract('bench', contract), table, await describeColumns(client, table));
  const onRejected: TranscodeOptions['onRejected'] = async ([row]) => {
    await Promise.reject(
      new Error(`row ${row?.position ?? 0} does not fit: ${row?.reason ?? ''}; leave it out by a view`),
    );
  };
  return new Transcoding(client, { plan, query: queryOf(task, plan.select), codec, identity: table, onRejected });
}
