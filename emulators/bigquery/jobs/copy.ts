import { invalid, notFound } from '../errors.ts';
import { tableName } from '../store/names.ts';
import { publish } from '../store/publish.ts';
import { copyRows } from '../store/rebuild.ts';
import { createPhysical, newPhysical, physicalName, type Resource, type Store } from '../store/store.ts';
import { checkProperties, readDispositions, readTableRef } from './configuration.ts';
import type { JobResult } from './jobs.ts';

/** Copies tables of one schema into another table: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationTableCopy */
export async function runCopy(store: Store, config: Resource, projectId: string): Promise<JobResult> {
  checkProperties(
    'configuration.copy',
    config,
    ['sourceTable', 'sourceTables', 'destinationTable', 'createDisposition', 'writeDisposition'],
    ['destinationEncryptionConfiguration'],
  );
  const raw = Array.isArray(config['sourceTables']) ? (config['sourceTables'] as unknown[]) : [config['sourceTable']];
  const sources = raw.map((ref) => store.table(readTableRef(ref, projectId, 'sourceTable')));
  const [first] = sources;
  if (!first) throw notFound('sourceTable');
  const ref = readTableRef(config['destinationTable'], projectId, 'destinationTable');
  const copied = await store.change(async (change) => {
    const staging = newPhysical();
    await createPhysical(change.connection, physicalName(staging), first.fields);
    let rows = 0;
    for (const source of sources) {
      if (source.physical === undefined) throw invalid(`Cannot copy the view ${tableName(source)}`);
      rows += await copyRows(
        change.connection,
        { sql: physicalName(source.physical), fields: source.fields },
        { sql: physicalName(staging), fields: first.fields },
      );
    }
    await publish(store, change, {
      ref,
      fields: first.fields,
      staging,
      ...readDispositions(config, 'WRITE_EMPTY'),
      properties: first.properties,
    });
    return rows;
  });
  return { statistics: { copy: { copiedRows: String(copied) } } };
}
