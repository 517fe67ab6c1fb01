import type { Block, Source } from './block.ts';
import type { Plan } from './plan.ts';
import { TransientError } from '../runtime/errors.ts';
import { brokenStream, type Codec, Unfit } from './rule.ts';

/** A row that its contract cannot hold. */
export interface Rejection {
  /** Which row of the slice it was, counted from 0. */
  readonly position: number;
  /** Field, value, rule. */
  readonly reason: string;
  /** The row as Postgres sent it: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT (tuples) */
  readonly bytes: Buffer;
  /** Its values as Postgres prints them. */
  readonly values: Readonly<Record<string, string | null>>;
}

/** The row is not all there yet. */
export const INCOMPLETE = -1;
/** No row but the end of them. */
export const TRAILER = -2;

/** BigQuery takes blocks of 16 MB; this leaves room for the rows before it: https://cloud.google.com/bigquery/quotas#load_jobs */
const RECORD_BYTES_AT_MOST = 15 * 1024 * 1024;

export interface RowsOptions {
  readonly block: Block;
  /** Bytes after which a block is full. */
  readonly blockBytes: number;
  /** Takes a full block with its records; the next block. */
  readonly onFull: (block: Block, records: number) => Block;
}

/** Writes rows into blocks by a plan; what does not fit is taken out of the block again and kept aside. */
export class Rows {
  /** Rows that were written or rejected. */
  count = 0;
  rejections: Rejection[] = [];
  readonly #plan: Plan;
  readonly #options: RowsOptions;
  #block: Block;
  #records = 0;

  constructor(plan: Plan, options: RowsOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#block = options.block;
  }

  get columns(): number {
    return this.#plan.fields.length;
  }

  /**
   * Writes the row that begins at `from`. A row that is not all there leaves no trace.
   * @returns where the next one begins, INCOMPLETE or TRAILER @throws TransientError when it is no row
   */
  write(source: Source, from: number, end: number): number {
    if (end - from < 2) return INCOMPLETE;
    const { fields, growth } = this.#plan;
    const { view } = source;
    const block = this.#block;
    const start = block.at;
    const columns = view.getInt16(from);
    if (columns !== fields.length) return isTrailer(columns, fields.length, this.count);
    block.reserve(end - from + growth);
    let at = from + 2;
    let current = '';
    try {
      for (const field of fields) {
        const length = end - at < 4 ? end : view.getInt32(at);
        at += 4;
        if (length > end - at) {
          block.at = start;
          return INCOMPLETE;
        }
        current = field.name;
        if (length >= 0) {
          if (field.nullable) block.writeByte(2);
          field.codec.write(source, at, length, block);
          at += length;
        } else if (length !== -1) throw brokenStream(`row ${this.count}: ${length} bytes in column "${current}"`);
        else if (field.nullable) block.writeByte(0);
        else throw new Unfit('null, and the contract does not allow it');
      }
      if (block.at - start > RECORD_BYTES_AT_MOST) throw new Unfit(tooLong(block.at - start));
    } catch (error) {
      block.at = start;
      if (isOutside(error)) throw brokenStream(`row ${this.count}: a value in column "${current}" is cut`);
      if (!(error instanceof Unfit)) throw error;
      return this.#reject(source, from, end, `field "${current}": ${error.message}`);
    }
    this.count += 1;
    this.#records += 1;
    if (block.at >= this.#options.blockBytes) this.flush();
    return at;
  }

  /** Hands on the block as it is, if anything is in it. */
  flush(): void {
    if (this.#records === 0) return;
    const records = this.#records;
    this.#records = 0;
    this.#block = this.#options.onFull(this.#block, records);
  }

  #reject(source: Source, from: number, end: number, reason: string): number {
    const values: Record<string, string | null> = {};
    let at = from + 2;
    for (const { name, codec } of this.#plan.fields) {
      const length = end - at < 4 ? end : source.view.getInt32(at);
      at += 4;
      if (length > end - at) return INCOMPLETE;
      if (length < -1) throw brokenStream(`row ${this.count}: ${length} bytes in column "${name}"`);
      values[name] = length < 0 ? null : printValue(codec, source, at, length);
      at += Math.max(length, 0);
    }
    const bytes = Buffer.from(source.bytes.subarray(from, at));
    this.rejections.push({ position: this.count, reason, bytes, values });
    this.count += 1;
    return at;
  }
}

/** A value that is rejected may be one that cannot even be printed; then it is its bytes, as Postgres prints a bytea. */
function printValue(codec: Codec, source: Source, at: number, length: number): string {
  try {
    return codec.print(source, at, length);
  } catch (error) {
    if (!isOutside(error) && !(error instanceof TransientError)) throw error;
    return `\\x${source.bytes.toString('hex', at, at + length)}`;
  }
}

/** Something was read that is not there. */
function isOutside(error: unknown): boolean {
  return Error.isError(error) && error.name === 'RangeError';
}

function isTrailer(columns: number, expected: number, row: number): number {
  if (columns === -1) return TRAILER;
  throw brokenStream(`row ${row} has ${columns} columns, not ${expected}`);
}

function tooLong(bytes: number): string {
  return `the record takes ${bytes} bytes; BigQuery's blocks hold 16 MB`;
}
