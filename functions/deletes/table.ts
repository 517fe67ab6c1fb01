import type { MovePipeline, TableSpec } from '../../pipelines/model/pipeline.ts';
import type { Catalog } from '../../pipelines/model/read.ts';
import { type AvroSchema, type Contract, parseContract } from '../../schemas/contract.ts';
import type { TableRun } from '../ledger/runs.ts';
import { TerminalError } from '../runtime/errors.ts';
import { type ResolvedTable, resolveTable } from '../runtime/table.ts';

/** What the stages between extract and merge make of a table: all of it, or its keys alone. @throws TerminalError PIPELINE_UNKNOWN */
export function tableOfRun(catalog: Catalog, run: Pick<TableRun, 'pipeline' | 'table' | 'deletes'>): ResolvedTable {
  const resolved = resolveTable(catalog, run.pipeline, run.table);
  return run.deletes ? keysOf(resolved) : resolved;
}

/** The same table with its key and nothing else, without checks on what is not there. */
export function keysOf({ pipeline, spec, contract }: ResolvedTable): ResolvedTable {
  return { pipeline, spec: { ...spec, audit: [] }, contract: keyContract(contract, spec.key) };
}

/** The contract of a table's key. A contract spells out each type where it is used, so a field stands by itself. */
function keyContract({ id, avro }: Contract, key: readonly string[]): Contract {
  const { fields, ...record } = avro as { readonly fields: readonly { readonly name: string }[] };
  const kept = fields.filter(({ name }) => key.includes(name));
  return parseContract(id, { ...record, fields: kept } satisfies AvroSchema);
}

/**
 * The tables in which a run is to look for rows that are gone: those that are named, or all that say how.
 * @throws TerminalError PIPELINE_UNKNOWN when one does not, or none
 */
export function tablesWithDeletes(pipeline: MovePipeline, named: readonly string[] | undefined): string[] {
  const able = pipeline.tables.filter(({ deletes }) => deletes).map(({ destination }) => destination);
  const wanted = named ?? able;
  const unable = wanted.find((table) => !able.includes(table));
  if (unable === undefined && wanted.length > 0) return [...wanted];
  throw notDeclared(pipeline.pipeline, unable, able);
}

/** How a table handles rows that are gone. @throws TerminalError PIPELINE_UNKNOWN when it does not, any more */
export function deletesOf({ pipeline, spec }: ResolvedTable): NonNullable<TableSpec['deletes']> {
  if (spec.deletes) return spec.deletes;
  throw notDeclared(pipeline.pipeline, spec.destination, []);
}

function notDeclared(pipeline: string, table: string | undefined, able: readonly string[]): TerminalError {
  const which = table === undefined ? 'no table with' : `no table "${table}" with`;
  const others = able.length === 0 ? '' : `; those that have it: ${able.join(', ')}`;
  const message = `pipeline ${pipeline} has ${which} "deletes"${others}. docs/deletes.md says how to declare it`;
  return new TerminalError('PIPELINE_UNKNOWN', message);
}
