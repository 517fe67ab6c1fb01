import type { Contract, ContractField, ScalarType } from '../../schemas/contract.ts';
import { closest, formatPath, type Mistake } from './mistake.ts';
import { type Expectation, isMovePipeline, type MovePipeline, type Pipeline, type TableSpec } from './pipeline.ts';
import { parseSchedule } from './tick.ts';

/** A pipeline beside the text it came from, so that a mistake can name its line. */
export interface PipelineFile {
  readonly file: string;
  readonly pipeline: Pipeline;
  lineOf(path: readonly PropertyKey[]): number;
}

type Path = readonly PropertyKey[];
type Report = (path: Path, rule: string, value?: unknown, hint?: string) => void;

const CURSOR_TYPES = ['timestamp-micros'];
const PARTITION_TYPES = ['date', 'timestamp-micros', 'local-timestamp-micros'];
/** https://cloud.google.com/bigquery/docs/clustered-tables#cluster_column_types */
const CLUSTER_TYPES = ['boolean', 'int', 'long', 'string', ...PARTITION_TYPES];

/** What the YAML schema cannot say: schedules, and everything that needs the contract beside the pipeline. Pure. */
export function checkPipeline(file: PipelineFile, contracts: ReadonlyMap<string, Contract>): Mistake[] {
  const mistakes: Mistake[] = [];
  const report: Report = (path, rule, value, hint) => {
    const found = { file: file.file, line: file.lineOf(path), path: formatPath(path), rule };
    mistakes.push({ ...found, ...(value === undefined ? {} : { value }), ...(hint === undefined ? {} : { hint }) });
  };
  checkSchedule(file, report);
  if (isMovePipeline(file.pipeline)) {
    for (const [index, table] of file.pipeline.tables.entries()) {
      const contract = contracts.get(table.contract);
      if (contract) checkTable(table, contract, ['tables', index], report);
    }
  }
  return mistakes;
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
    if (!isMovePipeline(file.pipeline)) continue;
    for (const [index, table] of file.pipeline.tables.entries()) {
      const target = `${(file.pipeline satisfies MovePipeline).dataset}.${table.destination}`;
      const owner = owners.get(target);
      const path = ['tables', index, 'destination'];
      if (owner !== undefined) {
        const rule = `${target} is already the destination of ${owner}; a final table has one writer`;
        mistakes.push({
          file: file.file,
          line: file.lineOf(path),
          path: formatPath(path),
          value: table.destination,
          rule,
        });
      }
      owners.set(target, `${file.file} ${formatPath(path.slice(0, 2))}`);
    }
  }
  return mistakes;
}

function checkSchedule(file: PipelineFile, report: Report): void {
  const { schedule, timezone } = file.pipeline;
  try {
    // Intl takes offsets like +07:00 for zones; Cloud Scheduler does not.
    if (!/^[A-Za-z]/.test(timezone)) throw new RangeError('an offset');
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    report(['timezone'], 'not an IANA time zone', timezone, 'for example UTC or Asia/Jakarta');
    return;
  }
  try {
    parseSchedule(schedule, timezone);
  } catch (error) {
    const reason = (error as Error).message.replace(/^CronPattern: /, '');
    report(
      ['schedule'],
      `not a cron schedule: ${reason}`,
      schedule,
      'minute hour day month weekday, e.g. "15 * * * *"',
    );
  }
}

function checkTable(table: TableSpec, contract: Contract, path: Path, report: Report): void {
  const field = (name: string, at: Path): ContractField | undefined => {
    const found = contract.fields.find((candidate) => candidate.name === name);
    if (found) return found;
    const names = contract.fields.map((candidate) => candidate.name);
    const near = closest(name, names);
    const hint = near === undefined ? `it has: ${names.join(', ')}` : `did you mean "${near}"?`;
    report(at, `contract ${contract.id} has no field of that name`, name, hint);
    return undefined;
  };
  const required = (name: string, at: Path, what: string): ContractField | undefined => {
    const found = field(name, at);
    if (found?.nullable === true || (found && typeof found.type !== 'string')) {
      report(at, `${what} must not be nullable or an array in contract ${contract.id}`, name);
    }
    return found;
  };
  const oneOf = (found: ContractField | undefined, types: readonly string[], at: Path, what: string): void => {
    if (found && typeof found.type === 'string' && !types.includes(found.type)) {
      report(at, `${what} must be ${types.join(' or ')} in contract ${contract.id}, not ${found.type}`, found.name);
    }
  };

  for (const [index, name] of table.key.entries()) required(name, [...path, 'key', index], 'a key');
  oneOf(required(table.cursor, [...path, 'cursor'], 'a cursor'), CURSOR_TYPES, [...path, 'cursor'], 'a cursor');
  for (const [index, name] of (table.cluster ?? []).entries()) {
    const at = [...path, 'cluster', index];
    const found = field(name, at);
    if (found && typeof found.type !== 'string') report(at, 'BigQuery does not cluster by arrays', name);
    oneOf(found, CLUSTER_TYPES, at, 'a cluster column');
  }
  if (table.partition) {
    const at = [...path, 'partition', 'field'];
    const found = required(table.partition.field, at, 'a partition field');
    oneOf(found, PARTITION_TYPES, at, 'a partition field');
    if (found?.type === 'date' && table.partition.by === 'hour') {
      report([...path, 'partition', 'by'], 'a date has no hours', 'hour', 'partition it by day, month or year');
    }
  }
  for (const [index, expectation] of table.audit.entries()) {
    const found = columnsOf(expectation).map(({ name, at }) => ({
      at: [...path, 'audit', index, ...at],
      of: field(name, [...path, 'audit', index, ...at]),
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
