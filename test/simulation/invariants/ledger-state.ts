import type pg from 'pg';

export interface TableRunRow {
  readonly run_id: string;
  readonly table_name: string;
  readonly pipeline: string;
  readonly state: string;
  readonly fence: number | null;
  readonly cursor_to: string | null;
  readonly extracted: number | null;
  readonly encoded: number | null;
  readonly quarantined: number | null;
  readonly loaded: number | null;
  readonly merged: number | null;
  readonly reason: string | null;
}

export interface SliceRow {
  readonly run_id: string;
  readonly table_name: string;
  readonly slice: number;
  readonly object: string | null;
  readonly generation: string | null;
  readonly quarantined: number | null;
}

export interface LedgerState {
  readonly runs: readonly { readonly run_id: string; readonly state: string; readonly reason: string | null }[];
  readonly tableRuns: readonly TableRunRow[];
  readonly slices: readonly SliceRow[];
  readonly leases: readonly {
    readonly pipeline: string;
    readonly table_name: string;
    readonly fence: number;
    readonly run_id: string | null;
    /** Its run has shown no life for so long that another may take the table. */
    readonly expired: boolean;
  }[];
  readonly cursors: readonly {
    readonly pipeline: string;
    readonly table_name: string;
    readonly value: string;
    readonly run_id: string;
  }[];
  readonly deadLetters: readonly {
    readonly message_id: string;
    readonly run_id: string | null;
    readonly table_name: string | null;
  }[];
}

export const EMPTY: LedgerState = { runs: [], tableRuns: [], slices: [], leases: [], cursors: [], deadLetters: [] };

const all = (columns: string, table: string): string =>
  `(select coalesce(json_agg(r), '[]') from (select ${columns} from alir.${table} order by 1, 2, 3) r)`;

const SQL = `select json_build_object(
  'runs', ${all('run_id, state, reason', 'run')},
  'tableRuns', ${all('run_id, table_name, pipeline, state, fence, cursor_to, extracted, encoded, quarantined, loaded, merged, reason', 'table_run')},
  'slices', ${all('run_id, table_name, slice, object, generation, quarantined', 'slice')},
  'leases', ${all('pipeline, table_name, fence, run_id, coalesce(expires_at < clock_timestamp(), false) as expired', 'lease')},
  'cursors', ${all('pipeline, table_name, value, run_id', 'cursor')},
  'deadLetters', ${all('message_id, run_id, table_name', 'dead_letter')})::text as state`;

/** Everything that the ledger says and that is not a time, as text: two states are alike when their texts are. */
export async function readLedger(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ state: string }>({ name: 'ledger state', text: SQL });
  return rows[0]?.state ?? '';
}

export const OVER: readonly string[] = ['succeeded', 'failed', 'skipped'];
/** States in which a table run has its table. */
export const AT_WORK: readonly string[] = ['encoding', 'loading', 'auditing', 'merging'];
/** The reason of a table run whose table was taken over. */
export const OVERTAKEN = /showed no life/;
