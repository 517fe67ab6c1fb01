import fc from 'fast-check';
import type { SqlValue, TypeSpec } from './values.ts';

/** Arrays of a type: empty ones, and those that BigQuery cannot hold, for they have nulls or a second dimension. */
export function arrayOf(item: TypeSpec): TypeSpec {
  const postgres = `${item.postgres}[]`;
  const list = (values: readonly SqlValue[]): SqlValue => ({
    sql: `array[${values.map(({ sql }) => sql).join(', ')}]::${postgres}`,
    fits: values.every(({ fits }) => fits),
  });
  const values = fc.array(item.values, { maxLength: 5 }).map(list);
  const withNull = values.map(({ sql }) => ({ sql: `array_append(${sql}, null)`, fits: false }));
  const deep = item.values.map(({ sql }) => ({ sql: `array[array[${sql}], array[${sql}]]::${postgres}`, fits: false }));
  return {
    postgres,
    avro: { type: 'array', items: item.avro },
    values: fc.oneof(
      { weight: 20, arbitrary: values },
      { weight: 1, arbitrary: withNull },
      { weight: 1, arbitrary: deep },
    ),
    printSql: (value) => {
      // An array in an array's record: the inner one must not hide the outer one's index.
      const i = `i${(names += 1)}`;
      const items = `json_agg(${item.printSql(`(${value})[${i}]`)} order by ${i})`;
      return `coalesce((select ${items} from generate_subscripts(${value}, 1) as ${i}), '[]')`;
    },
    printAvro: (value) => (value as unknown[]).map(item.printAvro),
    setup: item.setup ?? [],
  };
}

let names = 0;

/** A composite type of these attributes, the Avro fields of every second one nullable. */
export function compositeOf(parts: readonly TypeSpec[]): TypeSpec {
  const name = `composite_${(names += 1)}`;
  const attributes = parts.map((part, index) => ({ ...part, name: `a${index}`, nullable: index % 2 === 1 }));
  const attribute = ({ values, nullable }: (typeof attributes)[number]): fc.Arbitrary<SqlValue> =>
    fc.option(values, { freq: 8 }).map((value) => value ?? { sql: 'null', fits: nullable });
  const fields = attributes.map(({ name: field, avro, nullable }) => ({
    name: field,
    doc: field,
    type: nullable ? ['null', avro] : avro,
  }));
  return {
    postgres: name,
    // In another order than the attributes.
    avro: { type: 'record', name, fields: fields.toReversed() },
    values: fc.tuple(...attributes.map(attribute)).map((values) => ({
      sql: `row(${values.map(({ sql }) => sql).join(', ')})::${name}`,
      fits: values.every(({ fits }) => fits),
    })),
    printSql: (value) =>
      `json_build_array(${attributes.map((part) => printNullable(part, `(${value}).${part.name}`)).join(', ')})`,
    printAvro: (value) =>
      attributes.map((part) => unwrap(part, (value as Record<string, unknown>)[part.name], part.nullable)),
    setup: [
      ...parts.flatMap(({ setup = [] }) => setup),
      `create type ${name} as (${attributes.map((part) => `${part.name} ${part.postgres}`).join(', ')})`,
    ],
  };
}

/** `is null` is also true of a composite value whose attributes are all null. */
export function printNullable({ printSql }: TypeSpec, value: string): string {
  return `case when ${value} is distinct from null then ${printSql(value)} end`;
}

/** What avsc decoded of a field: `{ <branch>: value }` in a union. */
export function unwrap({ printAvro }: TypeSpec, value: unknown, nullable: boolean): unknown {
  if (value === null) return null;
  return printAvro(nullable ? Object.values(value as object)[0] : value);
}

/** An Avro type with names of its own: a contract may use a type twice, but its name only once. */
export function renamed(avro: unknown): unknown {
  if (Array.isArray(avro)) return (avro as unknown[]).map(renamed);
  if (typeof avro !== 'object' || avro === null) return avro;
  const entries = Object.entries(avro as Record<string, unknown>).map(([key, value]) => [
    key,
    key === 'symbols' ? value : renamed(value),
  ]);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  return 'fields' in copy || 'symbols' in copy ? { ...copy, name: `name_${(names += 1)}` } : copy;
}
