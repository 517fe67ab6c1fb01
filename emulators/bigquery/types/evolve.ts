import { invalid } from '../errors.ts';
import type { Field } from './schema.ts';

export interface Evolution {
  readonly allowAddition: boolean;
  readonly allowRelaxation: boolean;
  /** A patch of the schema must name every column; the schema of a file may leave out those that are not REQUIRED. */
  readonly mustNameAll: boolean;
}

/**
 * The table's columns after rows (or a patch) with `provided` columns came, where that is allowed.
 * https://cloud.google.com/bigquery/docs/managing-table-schemas
 * @param table as Google's message names it, `project:dataset.table`
 * @throws ApiError invalid naming the first column that does not fit
 */
export function evolve(
  table: string,
  existing: readonly Field[],
  provided: readonly Field[],
  rules: Evolution,
  path = '',
): Field[] {
  const refuse = (reason: string): Error => invalid(`Provided Schema does not match Table ${table}. ${reason}`);
  const kept = existing.map((field): Field => {
    const name = `${path}${field.name}`;
    const other = find(provided, field.name);
    if (!other) {
      if (rules.mustNameAll || (field.mode === 'REQUIRED' && !rules.allowRelaxation))
        throw refuse(`Field ${name} is missing in new schema`);
      return field.mode === 'REQUIRED' ? { ...field, mode: 'NULLABLE' } : field;
    }
    if (other.type !== field.type) throw refuse(`Field ${name} has changed type from ${field.type} to ${other.type}`);
    const mode = evolveMode(field, other, rules, (from, to) =>
      refuse(`Field ${name} has changed mode from ${from} to ${to}`),
    );
    const nested = field.fields ? { fields: evolve(table, field.fields, other.fields ?? [], rules, `${name}.`) } : {};
    const description = rules.mustNameAll && other.description !== undefined ? { description: other.description } : {};
    return { ...field, mode, ...nested, ...description };
  });
  const added = provided.filter((field) => !find(existing, field.name));
  for (const field of added) {
    const name = `${path}${field.name}`;
    if (!rules.allowAddition) throw refuse(`Cannot add fields (field: ${name})`);
    if (field.mode === 'REQUIRED') throw refuse(`Cannot add required fields to an existing schema. (field: ${name})`);
  }
  return [...kept, ...added];
}

function evolveMode(
  field: Field,
  other: Field,
  rules: Evolution,
  refuse: (from: string, to: string) => Error,
): NonNullable<Field['mode']> {
  const [from, to] = [field.mode ?? 'NULLABLE', other.mode ?? 'NULLABLE'];
  if (from === to) return from;
  if (from === 'REQUIRED' && to === 'NULLABLE' && rules.allowRelaxation) return 'NULLABLE';
  // Rows that are always there fit a column where they may be missing; a patch that says so is refused.
  if (from === 'NULLABLE' && to === 'REQUIRED' && !rules.mustNameAll) return 'NULLABLE';
  throw refuse(from, to);
}

function find(fields: readonly Field[], name: string): Field | undefined {
  return fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
}

/** Whether the physical table must change: descriptions and the like do not count. */
export function sameShape(a: readonly Field[], b: readonly Field[]): boolean {
  return (
    a.length === b.length &&
    a.every((field, i) => {
      const other = b[i];
      return (
        other?.name === field.name &&
        other.type === field.type &&
        (other.mode ?? 'NULLABLE') === (field.mode ?? 'NULLABLE') &&
        sameShape(field.fields ?? [], other.fields ?? [])
      );
    })
  );
}
