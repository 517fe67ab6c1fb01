import { type Catalog, findPipeline } from '../../pipelines/model/read.ts';
import { resolveTables } from './trigger.ts';

/** What of a list is asked for. */
export interface Filter {
  readonly pipeline?: string | undefined;
  readonly table?: string | undefined;
  readonly since?: Date | undefined;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * `2h`, so long ago; or an instant, e.g. 2026-11-20T08:00Z, or a day, which begins in UTC.
 * @throws Error saying how to write it
 */
export function parseSince(text: string, now: Date): Date {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const isInstant = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const since = new Date(count === undefined ? text : now.getTime() - Number(count) * (UNITS[unit] ?? Number.NaN));
  if ((count !== undefined || isInstant) && !Number.isNaN(since.getTime())) return since;
  throw new Error(`"${text}" is neither a time ago (30s, 15m, 2h, 7d) nor an instant (2026-11-20, 2026-11-20T08:00Z)`);
}

/**
 * Where nothing was found, a name may be mistyped: what is not deployed is told of, and what is there.
 * @throws Error
 */
export function checkNames(catalog: Catalog, { pipeline, table }: Filter): void {
  if (pipeline === undefined || catalog.events.some((one) => one.pipeline === pipeline)) return;
  const found = findPipeline(catalog, pipeline);
  if (table !== undefined) resolveTables(found, [table]);
}

/** What a list was narrowed down to, for one that is empty: ` of pipeline library, table rent, since …`. */
export function describeFilter({ pipeline, table, since }: Filter): string {
  const parts = [
    ...(pipeline === undefined ? [] : [`of pipeline ${pipeline}`]),
    ...(table === undefined ? [] : [`of table ${table}`]),
    ...(since === undefined ? [] : [`since ${since.toISOString()}`]),
  ];
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}
