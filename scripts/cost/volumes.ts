import { closest } from '../../pipelines/model/mistake.ts';
import { isMovePipeline, type MovePipeline, type Pipeline } from '../../pipelines/model/pipeline.ts';
import type { Catalog } from '../../pipelines/model/read.ts';
import { ASSUMED } from './assumptions.ts';
import { columnBytes, sumBytes } from './size.ts';
import { countTicks } from './ticks.ts';

/** What people say of a table; what they leave out is assumed. */
export interface StatedVolume {
  /** Rows that a run reads, on average. */
  readonly rows?: number | undefined;
  /** How many of them are new; the others are changes. All when left out. */
  readonly newRows?: number | undefined;
  /** Logical bytes of an average row in BigQuery. */
  readonly rowBytes?: number | undefined;
  /** Rows that the final table holds today. */
  readonly tableRows?: number | undefined;
}

/** By `<pipeline>.<destination>`. */
export type StatedVolumes = ReadonlyMap<string, StatedVolume>;

export interface Volume {
  readonly rows: number;
  readonly newRows: number;
  readonly rowBytes: number;
  readonly tableRows: number;
  readonly from: 'stated' | 'generator' | 'assumed';
}

/** By `<pipeline>.<destination>`, for every table of the catalog. */
export type Volumes = ReadonlyMap<string, Volume>;

export const tableKey = (pipeline: string, table: string): string => `${pipeline}.${table}`;

/** @throws Error when a volume is stated for a table that there is not, or when more rows are new than are read */
export function resolveVolumes(catalog: Catalog, stated: StatedVolumes): Volumes {
  for (const key of stated.keys()) checkKey(catalog, key);
  return new Map(
    catalog.pipelines.filter(isMovePipeline).flatMap((pipeline) =>
      pipeline.tables.map((table) => {
        const key = tableKey(pipeline.pipeline, table.destination);
        return [key, resolveVolume(catalog, pipeline, table, stated.get(key) ?? {})] as const;
      }),
    ),
  );
}

/** @throws Error with the closest pipeline or table */
export function checkKey(catalog: Catalog, key: string): void {
  const [name, table] = key.split(/\.(.*)/s);
  const moves = catalog.pipelines.filter(isMovePipeline);
  const pipeline = moves.find((one) => one.pipeline === name);
  if (!pipeline) {
    const names = moves.map((one) => one.pipeline);
    throw new Error(`${key}: no pipeline that moves tables is called "${name ?? ''}" (${hint(name ?? '', names)})`);
  }
  const tables = pipeline.tables.map(({ destination }) => destination);
  if (table !== undefined && tables.includes(table)) return;
  if (table === undefined) throw new Error(`${key}: write <pipeline>.<table>, e.g. ${key}.${tables[0] ?? ''}`);
  throw new Error(`${key}: pipeline ${pipeline.pipeline} has no table "${table}" (${hint(table, tables)})`);
}

/** `did you mean …`, or everything there is. */
export function hint(typed: string, allowed: readonly string[]): string {
  const near = closest(typed, allowed);
  return near === undefined ? `there are: ${allowed.join(', ')}` : `did you mean "${near}"?`;
}

function resolveVolume(
  catalog: Catalog,
  pipeline: MovePipeline,
  table: MovePipeline['tables'][number],
  stated: StatedVolume,
): Volume {
  const contract = catalog.contracts.get(table.contract);
  if (!contract) throw new Error(`pipeline ${pipeline.pipeline}: contract ${table.contract} is not in the catalog`);
  const generated = generatedRows(catalog.pipelines, pipeline, table.source);
  const rows = stated.rows ?? generated?.rows ?? ASSUMED.rows;
  const newRows = stated.newRows ?? (stated.rows === undefined ? generated?.newRows : undefined) ?? rows;
  if (newRows > rows) {
    const key = tableKey(pipeline.pipeline, table.destination);
    throw new Error(`${key}: newRows ${newRows} is above rows ${rows}; a run cannot find more new rows than it reads`);
  }
  return {
    rows,
    newRows,
    rowBytes: stated.rowBytes ?? sumBytes(columnBytes(contract)),
    tableRows: stated.tableRows ?? 0,
    from: stated.rows === undefined ? (generated ? 'generator' : 'assumed') : 'stated',
  };
}

/** Rows that the generators write between two runs. */
function generatedRows(
  pipelines: readonly Pipeline[],
  pipeline: MovePipeline,
  source: string,
): Pick<Volume, 'rows' | 'newRows'> | undefined {
  const runs = countTicks(pipeline.schedule).perMonth;
  const perMonth = pipelines.flatMap((one) => {
    if (isMovePipeline(one) || one.generate.postgres !== pipeline.source.postgres) return [];
    const { books, members, rents, changes } = one.generate;
    // Which tables the library's generator writes: functions/generators/library.ts.
    const written = { books_table: [books, changes], library_member: [members, 0], rent_table: [rents, changes] }[
      source
    ];
    if (!written) return [];
    const [added = 0, changed = 0] = written;
    const ticks = countTicks(one.schedule).perMonth;
    return [{ newRows: added * ticks, rows: (added + changed) * ticks }];
  });
  if (perMonth.length === 0 || runs === 0) return undefined;
  const sum = (of: 'rows' | 'newRows'): number => perMonth.reduce((total, one) => total + one[of], 0) / runs;
  return { rows: sum('rows'), newRows: sum('newRows') };
}
