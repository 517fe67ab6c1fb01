import type { Contract, ContractField, ScalarType } from '../../schemas/contract.ts';
import { checkColumns, type Path, type Report } from './check-columns.ts';
import { checkCursor } from './check-cursor.ts';
import { checkDeletes } from './check-deletes.ts';
import { checkEvents } from './check-events.ts';
import { formatPath, type Mistake } from './mistake.ts';
import {
  type EventPipeline,
  type Expectation,
  isEventPipeline,
  isMovePipeline,
  type Pipeline,
  type TableSpec,
} from './pipeline.ts';
import { parseSchedule } from './tick.ts';

/** A pipeline beside the text it came from, so that a mistake can name its line. */
export interface PipelineFile {
  readonly file: string;
  readonly pipeline: Pipeline | EventPipeline;
  lineOf(path: readonly PropertyKey[]): number;
}

/** What the YAML schema cannot say: schedules, and everything that needs the contract beside the pipeline. Pure. */
export function checkPipeline(file: PipelineFile, contracts: ReadonlyMap<string, Contract>): Mistake[] {
  const mistakes: Mistake[] = [];
  const report: Report = (path, rule, value, hint) => {
    const found = { file: file.file, line: file.lineOf(path), path: formatPath(path), rule };
    mistakes.push({ ...found, ...(value === undefined ? {} : { value }), ...(hint === undefined ? {} : { hint }) });
  };
  const { pipeline } = file;
  if (isEventPipeline(pipeline)) {
    const contract = contracts.get(pipeline.events.contract);
    if (contract) checkEvents(pipeline, contract, report);
    return mistakes;
  }
  checkSchedules(pipeline, report);
  if (isMovePipeline(pipeline)) {
    for (const [index, table] of pipeline.tables.entries()) {
      const contract = contracts.get(table.contract);
      if (contract) checkTable(table, contract, ['tables', index], report);
    }
  }
  return mistakes;
}

interface FinalTable {
  readonly dataset: string;
  readonly table: string;
  /** The setting that names it, and the one that owns it. */
  readonly at: Path;
  readonly owner: Path;
}

/** The final tables that a pipeline writes. */
function finalTables(pipeline: Pipeline | EventPipeline): FinalTable[] {
  if (isEventPipeline(pipeline)) return [{ ...pipeline.events, at: ['events', 'table'], owner: ['events'] }];
  if (!isMovePipeline(pipeline)) return [];
  return pipeline.tables.map(({ destination }, index) => ({
    dataset: pipeline.dataset,
    table: destination,
    at: ['tables', index, 'destination'],
    owner: ['tables', index],
  }));
}

/**
 * Two tables that write to one final table would merge over each other; a lease guards one table run only. And two files
 * of one name (`x.yaml`, `x.yml`) would be one schedule.
 */
export function checkAcross(files: readonly PipelineFile[]): Mistake[] {
  const owners = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (const [index, file] of files.entries()) {
    const twin = files.slice(0, index).find(({ pipeline }) => pipeline.pipeline === file.pipeline.pipeline);
    if (twin) {
      const at = { file: file.file, line: file.lineOf(['pipeline']), path: 'pipeline', value: file.pipeline.pipeline };
      mistakes.push({ ...at, rule: `${twin.file} is a pipeline of that name already` });
    }
    for (const { dataset, table, at, owner } of finalTables(file.pipeline)) {
      const target = `${dataset}.${table}`;
      const first = owners.get(target);
      if (first !== undefined) {
        const rule = `${target} is already the destination of ${first}; a final table has one writer`;
        const place = { file: file.file, line: file.lineOf(at), path: formatPath(at) };
        mistakes.push({ ...place, value: table, rule });
      }
      owners.set(target, `${file.file} ${formatPath(owner)}`);
    }
  }
  return mistakes;
}

/** Every schedule of a pipeline is in its one time zone. */
function checkSchedules(pipeline: Pipeline, report: Report): void {
  const { schedule, timezone } = pipeline;
  if (!checkTimezone(timezone, report)) return;
  checkSchedule(schedule, timezone, ['schedule'], report);
  for (const [index, { deletes }] of isMovePipeline(pipeline) ? pipeline.tables.entries() : []) {
    if (deletes) checkSchedule(deletes.schedule, timezone, ['tables', index, 'deletes', 'schedule'], report);
  }
}

function checkTimezone(timezone: string, report: Report): boolean {
  try {
    // Intl takes offsets like +07:00 for zones; Cloud Scheduler does not.
    if (!/^[A-Za-z]/.test(timezone)) throw new RangeError('an offset');
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    report(['timezone'], 'not an IANA time zone', timezone, 'for example UTC or Asia/Jakarta');
    return false;
  }
  return true;
}

function checkSchedule(schedule: string, timezone: string, at: Path, report: Report): void {
  try {
    parseSchedule(schedule, timezone);
  } catch (error) {
    const reason = (error as Error).message.replace(/^CronPattern: /, '');
    report(at, `not a cron schedule: ${reason}`, schedule, 'minute hour day month weekday, e.g. "15 * * * *"');
  }
}

function checkTable(table: TableSpec, contract: Contract, path: Path, report: Report): void {
  const columns = checkColumns(contract, report);
  for (const [index, name] of table.key.entries()) columns.required(name, [...path, 'key', index], 'a key');
  checkCursor(table.cursor, columns, [...path, 'cursor'], report);
  columns.cluster(table.cluster ?? [], [...path, 'cluster']);
  if (table.deletes) checkDeletes(table.deletes, contract, [...path, 'deletes'], report);
  if (table.partition) {
    const at = [...path, 'partition'];
    const found = columns.required(table.partition.field, [...at, 'field'], 'a partition field');
    columns.partition(found, table.partition.by, at);
  }
  for (const [index, expectation] of table.audit.entries()) {
    const found = columnsOf(expectation).map(({ name, at }) => ({
      at: [...path, 'audit', index, ...at],
      of: columns.field(name, [...path, 'audit', index, ...at]),
    }));
    checkExpectation(expectation, found, report);
  }
}

/** What GoogleSQL could not compare is said here and not by a run that fails at three in the morning. */
function checkExpectation(
  expectation: Expectation,
  columns: readonly { at: Path; of: ContractField | undefined }[],
  report: Report,
): void {
  const [first, second] = columns;
  if (!first?.of || 'expect_column_values_to_not_be_null' in expectation) return;
  const { name, type } = first.of;
  if (typeof type !== 'string') {
    report(first.at, 'arrays cannot be compared', name);
  } else if ('expect_column_values_to_be_between' in expectation && !['int', 'long'].includes(type)) {
    report(first.at, `only numbers lie between bounds, and this is ${type}`, name);
  } else if (second?.of && !comparable(type, second.of.type)) {
    report(second.at, `cannot be compared with ${name}, which is ${type}`, second.of.name);
  }
}

function comparable(a: ScalarType, b: ContractField['type']): boolean {
  const kind = (type: ContractField['type']): unknown => (type === 'int' ? 'long' : type);
  return typeof b === 'string' && kind(a) === kind(b);
}

function columnsOf(expectation: Expectation): { name: string; at: Path }[] {
  return Object.entries(expectation).flatMap(([kind, settings]) =>
    (['column', 'a', 'b'] as const).flatMap((key) => {
      const name = (settings as Partial<Record<typeof key, string>>)[key];
      return name === undefined ? [] : [{ name, at: [kind, key] }];
    }),
  );
}
