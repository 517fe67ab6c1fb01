import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Field } from '../types/schema.ts';

/** DuckDB's own vector size: chunks of any other are cut again. */
const ROWS_PER_CHUNK = 2048;

/** Appends rows to a table of schema `data`, a chunk at a time; memory does not grow with their number. */
export class RowWriter {
  readonly #appender: DuckDBAppender;
  readonly #types: readonly DuckDBType[];
  #rows: (readonly DuckDBValue[])[] = [];
  #count = 0;

  private constructor(appender: DuckDBAppender, columns: number) {
    this.#appender = appender;
    this.#types = Array.from({ length: columns }, (_, i) => appender.columnType(i));
  }

  static async open(connection: DuckDBConnection, table: string, fields: readonly Field[]): Promise<RowWriter> {
    return new RowWriter(await connection.createAppender(table, 'data'), Math.max(1, fields.length));
  }

  get count(): number {
    return this.#count;
  }

  write(row: readonly DuckDBValue[]): void {
    this.#rows.push(row);
    this.#count++;
    if (this.#rows.length === ROWS_PER_CHUNK) this.#flush();
  }

  #flush(): void {
    if (this.#rows.length === 0) return;
    const chunk = DuckDBDataChunk.create(this.#types, this.#rows.length);
    chunk.setRows(this.#rows);
    this.#appender.appendDataChunk(chunk);
    this.#rows = [];
  }

  close(): void {
    this.#flush();
    this.#appender.closeSync();
  }
}
