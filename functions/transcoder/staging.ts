import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { TerminalError } from '../runtime/errors.ts';
import type { BackField } from './tuples.ts';

/**
 * A temporary table that holds some columns as their text, for Postgres' own input functions to read them; those say what
 * no value is. It is there only when a column needs it, for every row is written twice then.
 */
export class Staging {
  readonly name = pg.escapeIdentifier(`alir_${randomBytes(8).toString('hex')}`);
  readonly #client: pg.Client;
  readonly #table: string;
  readonly #fields: readonly BackField[];

  constructor(client: pg.Client, table: string, fields: readonly BackField[]) {
    this.#client = client;
    this.#table = table;
    this.#fields = fields;
  }

  async create(): Promise<void> {
    const columns = this.#fields.map(({ name, back }) => {
      const column = pg.escapeIdentifier(name);
      return back.through ? `${column}::${back.through.type} as ${column}` : column;
    });
    const columnsText = columns.join(', ');
    await this.#client.query(
      `create temporary table ${this.name} as select ${columnsText} from ${this.#table} with no data`,
    );
  }

  /** One statement, so all rows are stored or none. @returns how many @throws what Postgres says of a value */
  async store(): Promise<number> {
    const types = await this.#types();
    const names = this.#fields.map(({ name }) => pg.escapeIdentifier(name));
    const values = this.#fields.map(({ name, back }) => {
      const column = pg.escapeIdentifier(name);
      return back.through ? `${column}::${types.get(name) ?? ''}` : column;
    });
    for (const { name, back } of this.#fields)
      if (back.through?.type.startsWith('numeric')) await this.#check(name, types);
    const { rowCount } = await this.#client.query(
      `insert into ${this.#table} (${names.join(', ')}) overriding system value select ${values.join(', ')} from ${this.name}`,
    );
    return rowCount ?? 0;
  }

  async drop(): Promise<void> {
    // In a transaction that has failed there is no table any more, and no statement is allowed.
    await this.#client.query(`drop table if exists ${this.name}`).catch(() => undefined);
  }

  /** Without the length that a column may have: a cast cuts to it, where storing into the column refuses. */
  async #types(): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#client.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, -1) as type from pg_attribute
        where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
      [this.#table],
    );
    return new Map(rows.map(({ name, type }) => [name, type]));
  }

  /** Money has the digits that lc_monetary says, and rounds to them without a word. */
  async #check(name: string, types: ReadonlyMap<string, string>): Promise<void> {
    const column = pg.escapeIdentifier(name);
    const type = types.get(name) ?? '';
    const through = this.#fields.find((field) => field.name === name)?.back.through?.type ?? '';
    const { rows } = await this.#client.query<{ value: string }>(
      `select ${column}::text as value from ${this.name}
        where ${column}::${type}::${through} is distinct from ${column} limit 1`,
    );
    const [wrong] = rows;
    if (!wrong) return;
    const message = `column "${name}" cannot hold ${wrong.value}, for it is ${type}; nothing of the file is stored`;
    throw new TerminalError('TABLE_CONTRACT_MISMATCH', `${message}. Make the column a numeric, or correct the record`);
  }
}
