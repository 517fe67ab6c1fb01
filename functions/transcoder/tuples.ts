import type { Contract } from '../../schemas/contract.ts';
import { TerminalError } from '../runtime/errors.ts';
import type { Block } from './block.ts';
import { brokenFile, type Input } from './input.ts';
import type { Plan } from './plan.ts';
import { Unfit, type WayBack } from './rule.ts';

/** https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const COLUMNS_BYTES = 2;
const LENGTH_BYTES = 4;

export interface BackField {
  readonly name: string;
  readonly nullable: boolean;
  readonly back: WayBack;
}

/** @throws TerminalError listing every column that has no way back */
export function compileBack({ fields, contract }: Plan, table: string): BackField[] {
  const wrong: string[] = [];
  const ways = fields.flatMap(({ name, nullable, codec: { back } }): BackField[] => {
    if (!('refused' in back)) return [{ name, nullable, back }];
    wrong.push(`- column "${name}": ${back.refused}`);
    return [];
  });
  if (wrong.length === 0) return ways;
  throw new TerminalError('TABLE_CONTRACT_MISMATCH', unable(contract, table, wrong));
}

function unable({ id }: Contract, table: string, wrong: readonly string[]): string {
  return `records of contract ${id} cannot be stored in ${table}:\n${wrong.join('\n')}\nStore them in a table that takes them`;
}

/** Writes records as rows of a COPY, one after the other into a message. */
export class Tuples {
  /** Records that were written. */
  count = 0;
  readonly #fields: readonly BackField[];
  readonly #room: number;
  readonly #messageBytes: number;

  constructor(fields: readonly BackField[], messageBytes: number) {
    this.#fields = fields;
    this.#messageBytes = messageBytes;
    this.#room = fields.reduce((sum, { back }) => sum + Math.max(back.room, LENGTH_BYTES), COLUMNS_BYTES);
  }

  begin(out: Block): void {
    out.reserve(HEADER.length);
    out.append(HEADER);
  }

  end(out: Block): void {
    out.reserve(COLUMNS_BYTES);
    out.view.setInt16(out.at, -1);
    out.at += COLUMNS_BYTES;
  }

  /**
   * Writes records until the message is full. @param left how many there are @returns how many are left then
   * @throws TerminalError for a record that is none, and for a value that its column cannot hold
   */
  write(input: Input, left: number, out: Block): number {
    let rest = left;
    for (; rest > 0 && out.at < this.#messageBytes; rest--) this.#writeRow(input, out);
    return rest;
  }

  /** @throws TerminalError when a block has more than its records */
  endBlock({ at, bytes }: Input): void {
    if (at !== bytes.length) throw brokenFile(`${bytes.length - at} bytes behind the last record of a block`);
  }

  #writeRow(input: Input, out: Block): void {
    const fields = this.#fields;
    out.reserve(this.#room);
    out.view.setInt16(out.at, fields.length);
    out.at += COLUMNS_BYTES;
    let current = '';
    try {
      for (const { name, nullable, back } of fields) {
        current = name;
        if (nullable && !input.readBranch()) out.writeInt32(-1);
        else back.read(input, out);
      }
    } catch (error) {
      throw explain(error, this.count, current);
    }
    this.count += 1;
  }
}

function explain(error: unknown, record: number, field: string): unknown {
  const where = `record ${record}, field "${field}"`;
  if (error instanceof Unfit) {
    const message = `${where}: ${error.message}; nothing of the file is stored. Widen the column, or correct the record`;
    return new TerminalError('TABLE_CONTRACT_MISMATCH', message);
  }
  // Something was read that is not there.
  if (Error.isError(error) && error.name === 'RangeError') return brokenFile(`${where} reaches beyond its block`);
  return error;
}
