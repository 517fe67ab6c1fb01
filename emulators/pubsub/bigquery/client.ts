import { ApiError } from '../../kit/errors.ts';
import { type Column, parseTable } from './table.ts';

/** What Google's BigQuery client finds in BIGQUERY_EMULATOR_HOST, and reads as a URL that paths are put behind. */
export class BigQueryClient {
  host: string | undefined;

  constructor(host: string | undefined) {
    this.host = host === '' ? undefined : host;
  }

  /** The table's columns, or undefined when there is no such table. @throws Error when BigQuery cannot be asked */
  async columns(table: string, signal?: AbortSignal): Promise<readonly Column[] | undefined> {
    const response = await this.#fetch('GET', table, '', undefined, signal);
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(await reasonOf(response));
    const { schema } = (await response.json()) as { schema?: { fields?: readonly Column[] } };
    return schema?.fields ?? [];
  }

  /**
   * Appends rows; each is the text of a JSON object.
   * @returns why rows were refused, by their index; the others are there
   * @throws Error when it is not known whether any is
   */
  async insert(table: string, rows: readonly string[], signal?: AbortSignal): Promise<Map<number, string>> {
    // As text, for JSON.stringify would round what no double holds.
    const body = `{"skipInvalidRows":true,"rows":[${rows.map((row) => `{"json":${row}}`).join(',')}]}`;
    const response = await this.#fetch('POST', table, '/insertAll', body, signal);
    if (response.ok) return errorsOf((await response.json()) as InsertResponse);
    const reason = await reasonOf(response);
    // Too large, or a value that it has no answer to: which row it was shows when each is sent alone.
    const atFault = (response.status < 500 && response.status !== 404) || response.status === 501;
    if (!atFault) throw new Error(reason);
    if (rows.length === 1) return new Map([[0, reason]]);
    const refused = new Map<number, string>();
    for (const [index, row] of rows.entries()) {
      const [why] = (await this.insert(table, [row], signal)).values();
      if (why !== undefined) refused.set(index, why);
    }
    return refused;
  }

  async #fetch(
    method: string,
    table: string,
    suffix: string,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    if (this.host === undefined) {
      throw new ApiError(
        'FAILED_PRECONDITION',
        'the pubsub emulator knows no BigQuery: start it with BIGQUERY_EMULATOR_HOST, ' +
          'or PUT {"host": "http://…"} to /emulator/v1/bigquery',
      );
    }
    const { project, dataset, table: id } = parseTable(table);
    const path = `/projects/${project}/datasets/${dataset}/tables/${encodeURIComponent(id)}${suffix}`;
    const headers = { 'content-type': 'application/json' };
    return await fetch(`${this.host.replace(/\/$/, '')}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
  }
}

interface InsertResponse {
  readonly insertErrors?: readonly { readonly index?: number; readonly errors?: readonly InsertError[] }[];
}
interface InsertError {
  readonly reason?: string;
  readonly message?: string;
}

function errorsOf({ insertErrors = [] }: InsertResponse): Map<number, string> {
  return new Map(
    insertErrors.map(({ index = 0, errors = [] }) => [index, errors.map(({ message }) => message ?? '').join('; ')]),
  );
}

async function reasonOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return `${response.status} ${text.slice(0, 200)}`;
  }
}
