import type { Contract, ContractField, FieldType } from '../../schemas/contract.ts';
import { closest } from './mistake.ts';

export type Path = readonly PropertyKey[];
export type Report = (path: Path, rule: string, value?: unknown, hint?: string) => void;

const PARTITION_TYPES = ['date', 'timestamp-micros', 'local-timestamp-micros'];
/** https://cloud.google.com/bigquery/docs/clustered-tables#cluster_column_types */
const CLUSTER_TYPES = ['boolean', 'int', 'long', 'string', 'decimal', 'uuid', 'enum', ...PARTITION_TYPES];

/** What a pipeline names must be among the fields, and of a type that can do the work. */
export interface ColumnChecks {
  field(name: string, at: Path): ContractField | undefined;
  required(name: string, at: Path, what: string): ContractField | undefined;
  oneOf(found: ContractField | undefined, types: readonly string[], at: Path, what: string): void;
  cluster(names: readonly string[], at: Path): void;
  /** `found` is the partition's field. */
  partition(found: ContractField | undefined, by: string, at: Path): void;
}

/** @param fields the contract's own, when there are no others */
export function checkColumns({ id, fields }: Pick<Contract, 'id' | 'fields'>, report: Report): ColumnChecks {
  const checks: ColumnChecks = {
    field(name, at) {
      const found = fields.find((candidate) => candidate.name === name);
      if (found) return found;
      const names = fields.map((candidate) => candidate.name);
      const near = closest(name, names);
      const hint = near === undefined ? `it has: ${names.join(', ')}` : `did you mean "${near}"?`;
      report(at, `contract ${id} has no field of that name`, name, hint);
      return undefined;
    },
    required(name, at, what) {
      const found = checks.field(name, at);
      if (found && (found.nullable || ['array', 'record'].includes(typeName(found.type)))) {
        report(at, `${what} must not be nullable or an array in contract ${id}`, name);
      }
      return found;
    },
    oneOf(found, types, at, what) {
      const name = found && typeName(found.type);
      if (name !== undefined && name !== 'array' && !types.includes(name)) {
        report(at, `${what} must be ${types.join(' or ')} in contract ${id}, not ${name}`, found?.name);
      }
    },
    cluster(names, at) {
      for (const [index, name] of names.entries()) {
        const found = checks.field(name, [...at, index]);
        if (found && typeName(found.type) === 'array')
          report([...at, index], 'BigQuery does not cluster by arrays', name);
        checks.oneOf(found, CLUSTER_TYPES, [...at, index], 'a cluster column');
      }
    },
    partition(found, by, at) {
      checks.oneOf(found, PARTITION_TYPES, [...at, 'field'], 'a partition field');
      if (found?.type === 'date' && by === 'hour') {
        report([...at, 'by'], 'a date has no hours', 'hour', 'partition it by day, month or year');
      }
    },
  };
  return checks;
}

/** `long`, `decimal`, `array` … */
export function typeName(type: FieldType): string {
  if (typeof type === 'string') return type;
  if ('scalar' in type) return type.scalar;
  return Object.keys(type)[0] ?? '';
}
