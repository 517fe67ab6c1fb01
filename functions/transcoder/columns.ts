import pg from 'pg';
import { TerminalError } from '../runtime/errors.ts';
import type { SourceColumn, SourceType } from './rule.ts';

/** A type as pg_type has it, with the oids of what it is made of. */
interface CatalogType {
  readonly oid: number;
  readonly name: string;
  readonly base: number;
  readonly modifier: number;
  readonly element: number;
  readonly labels: readonly string[] | null;
  readonly attributes: readonly { name: string; oid: number; modifier: number }[] | null;
}

/**
 * Types that are what they are in every Postgres, under oids that never change: nothing need be asked about them, which
 * spares a new session the reading of half a dozen catalogs.
 */
const BUILT_IN: ReadonlyMap<number, CatalogType> = new Map(
  (
    [
      ...['BOOL', 'INT2', 'INT4', 'INT8', 'FLOAT4', 'FLOAT8', 'NUMERIC', 'TEXT', 'VARCHAR', 'BPCHAR', 'BYTEA', 'UUID'],
      ...['JSON', 'JSONB', 'DATE', 'TIME', 'TIMETZ', 'TIMESTAMP', 'TIMESTAMPTZ', 'INTERVAL'],
    ] as (keyof typeof pg.types.builtins)[]
  ).map((name) => {
    const oid: number = pg.types.builtins[name];
    const scalar = { modifier: -1, base: 0, element: 0, labels: null, attributes: null };
    return [oid, { oid, name: name.toLowerCase(), ...scalar }];
  }),
);

/** The types given, and those that they are made of. Arrays of a fixed length (point, name) are no arrays here. */
const TYPES = `
  with recursive reached (oid) as (
    select unnest($1::oid[])
    union
    select part.oid
      from reached
      join pg_type as type on type.oid = reached.oid
      cross join lateral (
        select typelem where typcategory = 'A'
        union all select typbasetype where typtype = 'd'
        union all select atttypid from pg_attribute
                   where attrelid = typrelid and typtype = 'c' and attnum > 0 and not attisdropped) as part (oid))
  select json_agg(json_build_object(
           'oid', oid::bigint, 'name', typname, 'modifier', typtypmod,
           'base', case when typtype = 'd' then typbasetype else 0 end::bigint,
           'element', case when typcategory = 'A' then typelem else 0 end::bigint,
           'labels', (select json_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = pg_type.oid),
           'attributes', (select json_agg(json_build_object('name', attname, 'oid', atttypid::bigint,
                                                            'modifier', atttypmod) order by attnum)
                            from pg_attribute
                           where attrelid = typrelid and typtype = 'c' and attnum > 0 and not attisdropped)))::text as types
    from reached join pg_type using (oid)`;

/**
 * The columns that a table has now. In a transaction it also holds the table's lock, so that they stay what they are
 * until the rows are read.
 * @param table quoted
 * @throws whatever pg says, e.g. that there is no such table
 */
export async function describeColumns(client: pg.Client, table: string): Promise<SourceColumn[]> {
  // Two statements and one answer for each, which pg's types do not know of.
  const [{ fields }, encoding] = (await client.query(
    `select * from ${table} limit 0; select current_setting('server_encoding') as name`,
  )) as unknown as [pg.QueryResult, pg.QueryResult<{ name: string }>];
  const oids = fields.map(({ dataTypeID }) => dataTypeID);
  const types = oids.every((oid) => BUILT_IN.has(oid)) ? BUILT_IN : await readTypes(client, oids);
  const unchecked = encoding.rows[0]?.name === 'SQL_ASCII';
  return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
    name,
    type: resolve({ types, unchecked }, dataTypeID, dataTypeModifier),
  }));
}

async function readTypes(client: pg.Client, oids: readonly number[]): Promise<ReadonlyMap<number, CatalogType>> {
  const { rows } = await client.query<{ types: string | null }>(TYPES, [oids]);
  return new Map((JSON.parse(rows[0]?.types ?? '[]') as CatalogType[]).map((type) => [type.oid, type]));
}

interface Catalog {
  readonly types: ReadonlyMap<number, CatalogType>;
  readonly unchecked: boolean;
}

function resolve(catalog: Catalog, oid: number, modifier: number): SourceType {
  const type = catalog.types.get(oid);
  if (!type) throw new TerminalError('SOURCE_REFUSED', `the source has no type ${oid}; it was dropped while we looked`);
  if (type.base !== 0) return { ...resolve(catalog, type.base, type.modifier), oid };
  const attributes = type.attributes?.map((attribute) => ({
    name: attribute.name,
    type: resolve(catalog, attribute.oid, attribute.modifier),
  }));
  return {
    name: type.name,
    oid,
    modifier,
    unchecked: catalog.unchecked,
    // An array's modifier is its element's.
    ...(type.element === 0 ? {} : { element: resolve(catalog, type.element, modifier) }),
    ...(type.labels ? { labels: type.labels } : {}),
    ...(attributes ? { attributes } : {}),
  };
}
