import pg from 'pg';
import { TerminalError } from '../runtime/errors.ts';
import { ContainerReader } from './container-reader.ts';
import { CopyIn } from './copy-in.ts';
import { requireSchema } from './file-schema.ts';
import { brokenFile, Input } from './input.ts';
import type { Plan } from './plan.ts';
import { Staging } from './staging.ts';
import { type BackField, compileBack, Tuples } from './tuples.ts';

export interface LoadFileOptions {
  /** Made for the contract that the file was written with, and for the columns of `table`. */
  readonly plan: Plan;
  /** Quoted. */
  readonly table: string;
  /** The file, in pieces of any size. */
  readonly file: AsyncIterable<Uint8Array>;
  /** How many records the file should have: one that is cut between two blocks cannot be told from a whole one. */
  readonly records?: number;
  readonly messageBytes?: number;
  /** Ends the COPY, and the connection with it, even while Postgres or the file lets us wait. */
  readonly signal?: AbortSignal;
}

/** What a socket takes at once, and Postgres twice. */
const MESSAGE_BYTES = 128 * 1024;

/**
 * Stores the records of an Avro file in a table: all of them or none. The connection can be used afterwards, unless it is
 * gone or `signal` ended it. What Postgres may round without a word is refused. What does not come back: an array's lower
 * bounds, and the zeros behind the point of a numeric without a scale.
 * @returns how many rows were stored
 * @throws TerminalError for a file that is broken or of another schema, for a value that its column cannot hold, and when
 * a trigger kept rows out (the others are stored then, unless the caller's transaction is taken back); what pg and the
 * file throw
 */
export async function loadFile(client: pg.Client, options: LoadFileOptions): Promise<number> {
  const { plan, table, file, signal } = options;
  const fields = compileBack(plan, table);
  signal?.throwIfAborted();
  const reader = new ContainerReader(file);
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(signal?.reason);
    client.connection.stream.destroy();
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([load(client, fields, reader, options), aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
    reader.close();
  }
}

async function load(
  client: pg.Client,
  fields: readonly BackField[],
  reader: ContainerReader,
  options: LoadFileOptions,
): Promise<number> {
  const { plan, table } = options;
  requireSchema(plan.contract, await reader.header());
  if (fields.every(({ back }) => back.through === undefined)) {
    return await copyInto(client, table, fields, reader, options);
  }
  const staging = new Staging(client, table, fields);
  await staging.create();
  try {
    const copied = await copyInto(client, staging.name, fields, reader, options);
    return requireAll(copied, await staging.store());
  } finally {
    await staging.drop();
  }
}

async function copyInto(
  client: pg.Client,
  table: string,
  fields: readonly BackField[],
  reader: ContainerReader,
  { records, messageBytes = MESSAGE_BYTES }: LoadFileOptions,
): Promise<number> {
  const names = fields.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
  const copy = new CopyIn(`copy ${table} (${names}) from stdin (format binary)`, messageBytes);
  client.query(copy);
  try {
    await copy.started();
    const tuples = new Tuples(fields, messageBytes);
    await sendAll(tuples, reader, copy);
    if (records !== undefined && tuples.count !== records) {
      throw brokenFile(`it has ${tuples.count} records, and ${records} were written`);
    }
    return requireAll(tuples.count, await copy.finish());
  } catch (error) {
    await copy.fail(error);
    throw error;
  }
}

/** Everything asynchronous is per block or message, for a promise per row would cost more than the row. */
async function sendAll(tuples: Tuples, reader: ContainerReader, copy: CopyIn): Promise<void> {
  let message = copy.newMessage();
  tuples.begin(message);
  for await (const { records, data } of copy.while(reader.blocks())) {
    const input = new Input(data);
    for (let left = tuples.write(input, records, message); left > 0; left = tuples.write(input, left, message)) {
      await copy.send(message);
      message = copy.newMessage();
    }
    tuples.endBlock(input);
  }
  tuples.end(message);
  await copy.send(message);
}

/** A trigger may have kept rows out; who wants that does not want it in silence. */
function requireAll(sent: number, stored: number): number {
  if (sent === stored) return stored;
  const message = `${sent} records were sent, and Postgres stored ${stored}; look for a trigger that keeps rows out`;
  throw new TerminalError('COUNTS_DIFFER', message);
}
