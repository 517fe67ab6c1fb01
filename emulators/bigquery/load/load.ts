import type { DuckDBConnection } from '@duckdb/node-api';
import { checkProperties, readDispositions, readEnum, readTableRef } from '../jobs/configuration.ts';
import type { JobResult } from '../jobs/jobs.ts';
import { invalid, notFound, unsupported } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { tableName, type TableRef } from '../store/names.ts';
import { publish } from '../store/publish.ts';
import { measure } from '../store/rows.ts';
import { createPhysical, newPhysical, physicalName, type Resource, type Store } from '../store/store.ts';
import { checkLayout } from '../store/tables.ts';
import { evolve } from '../types/evolve.ts';
import { type Field, readFields } from '../types/schema.ts';
import { formatOf, type Format } from './formats.ts';
import type { Bytes } from './lines.ts';
import { rowCheck } from './parameters.ts';
import { findSources, type SourceFile } from './source.ts';
import { RowWriter } from './writer.ts';

const READ = [
  'sourceUris',
  'sourceFormat',
  'destinationTable',
  'schema',
  'createDisposition',
  'writeDisposition',
  'schemaUpdateOptions',
  'useAvroLogicalTypes',
  'decimalTargetTypes',
  'ignoreUnknownValues',
  'fieldDelimiter',
  'quote',
  'skipLeadingRows',
  'allowQuotedNewlines',
  'allowJaggedRows',
  'nullMarker',
  'timePartitioning',
  'rangePartitioning',
  'clustering',
  'destinationTableProperties',
];
const IGNORED = ['destinationEncryptionConfiguration', 'maxBadRecords', 'encoding', 'createSession'];

export interface LoadOptions {
  readonly projectId: string;
  /** Where Cloud Storage answers. */
  readonly storageHost: string | undefined;
  readonly signal: AbortSignal;
  /** The uploaded file, instead of URIs. */
  readonly upload?: SourceFile;
}

/**
 * Runs `configuration.load`: rows stream into a table that nobody sees, which then becomes or joins the destination in
 * one transaction. https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad
 */
export async function runLoad(store: Store, config: Resource, options: LoadOptions): Promise<JobResult> {
  checkProperties('configuration.load', config, READ, IGNORED);
  if (Number(config['maxBadRecords'] ?? 0) > 0) throw unsupported('configuration.load.maxBadRecords');
  readEnum(config['encoding'], 'encoding', ['UTF-8'], 'UTF-8');
  const name = readEnum(
    config['sourceFormat'],
    'sourceFormat',
    ['AVRO', 'NEWLINE_DELIMITED_JSON', 'CSV', 'PARQUET', 'ORC', 'DATASTORE_BACKUP'],
    'CSV',
  );
  if (!['AVRO', 'NEWLINE_DELIMITED_JSON', 'CSV'].includes(name)) throw unsupported(`the source format ${name}`);
  const ref = readTableRef(config['destinationTable'], options.projectId, 'destinationTable');
  const dispositions = readDispositions(config, 'WRITE_APPEND');
  store.dataset(ref);
  const existing = store.findTable(ref);
  if (!existing && dispositions.createDisposition === 'CREATE_NEVER') throw notFound(`Table ${tableName(ref)}`);
  const files = options.upload
    ? [options.upload]
    : await findSources(readUris(config), options.storageHost, options.signal);
  const format = formatOf(name, config);
  const given = (config['schema'] as Resource | undefined)?.['fields'];
  const appends = existing && dispositions.writeDisposition !== 'WRITE_TRUNCATE' ? existing.fields : undefined;
  const fields = await chooseFields(format, files, given === undefined ? undefined : readFields(given), appends, ref);
  const properties = layout(config);
  checkLayout(properties, fields);
  const before = existing && (await measure(store, existing));
  const staging = newPhysical();
  try {
    const rows = await stage(store, staging, fields, files, format, options.signal);
    await store.change(async (change) => {
      await publish(store, change, { ref, fields, staging, ...dispositions, properties });
    });
    const loaded = await measure(store, store.table(ref));
    const total = (sizes: typeof loaded): number => [...sizes.columns.values()].reduce((sum, bytes) => sum + bytes, 0);
    const bytes = total(loaded) - (before && appends ? total(before) : 0);
    const inputBytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return {
      statistics: {
        load: {
          inputFiles: String(files.length),
          inputFileBytes: String(inputBytes),
          outputRows: String(rows),
          outputBytes: String(Math.max(0, bytes)),
          badRecords: '0',
        },
      },
    };
  } catch (error) {
    await store.database.use(
      async (connection) => await connection.run(`DROP TABLE IF EXISTS ${physicalName(staging)}`),
    );
    throw error;
  }
}

function readUris(config: Resource): string[] {
  const uris = config['sourceUris'];
  if (!Array.isArray(uris) || uris.length === 0) throw invalid('Required parameter is missing: sourceUris');
  if (uris.length > LIMITS.sourceUrisPerLoad)
    throw invalid(`Too many sources provided: ${uris.length}. Limit is ${LIMITS.sourceUrisPerLoad}.`);
  return uris.map(String);
}

/** The file's own columns, or those that the job or the destination gives; where both are there they must meet. */
async function chooseFields(
  format: Format,
  files: readonly SourceFile[],
  given: readonly Field[] | undefined,
  appends: readonly Field[] | undefined,
  ref: TableRef,
): Promise<readonly Field[]> {
  const last = files.at(-1);
  if (!last) throw invalid('Required parameter is missing: sourceUris');
  const found = await format.fields(last, given ?? appends);
  if (!given || found === given) return found;
  return evolve(tableName(ref), given, found, { allowAddition: false, allowRelaxation: false, mustNameAll: false });
}

function layout(config: Resource): Resource {
  const described = (config['destinationTableProperties'] ?? {}) as Resource;
  const names = ['timePartitioning', 'rangePartitioning', 'clustering'];
  return { ...described, ...Object.fromEntries(names.flatMap((name) => (config[name] ? [[name, config[name]]] : []))) };
}

async function stage(
  store: Store,
  staging: string,
  fields: readonly Field[],
  files: readonly SourceFile[],
  format: Format,
  signal: AbortSignal,
): Promise<number> {
  return await store.database.use(async (connection: DuckDBConnection) => {
    await createPhysical(connection, physicalName(staging), fields);
    const writer = await RowWriter.open(connection, staging, fields);
    const check = rowCheck(fields);
    for (const file of files) {
      const bytes: Bytes = await file.open();
      try {
        for await (const row of format.rows(bytes, fields)) {
          signal.throwIfAborted();
          check(row);
          writer.write(row);
        }
      } catch (error) {
        if (error instanceof Error && !error.message.includes(file.name))
          error.message = `${error.message} File: ${file.name}`;
        throw error;
      }
    }
    writer.close();
    return writer.count;
  });
}
