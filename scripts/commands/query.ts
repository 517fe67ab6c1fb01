import { connect } from './environment.ts';
import { formatTable } from './format.ts';

export interface QueryOptions {
  readonly json?: boolean;
}

/** Runs GoogleSQL in the warehouse and prints the rows. @returns the process's exit code */
export async function query(sql: string, options: QueryOptions): Promise<number> {
  const services = connect();
  try {
    const rows = await (await services.warehouse()).query(sql);
    if (options.json) {
      for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
      return 0;
    }
    const header = Object.keys(rows[0] ?? {});
    const cells = rows.map((row) => header.map((name) => plain(row[name])));
    const count = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
    process.stdout.write(rows.length === 0 ? `${count}\n` : `${formatTable(header, cells)}\n${count}\n`);
    return 0;
  } finally {
    await services.close();
  }
}

/** BigQuery's client wraps dates, timestamps and big numbers; their `value` is what people want to see. */
function plain(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'value' in value) return value.value;
  if (Array.isArray(value)) return value.map(plain).join(', ');
  return typeof value === 'number' ? String(value) : value;
}
