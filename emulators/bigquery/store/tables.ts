import { invalid, unsupported } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Field } from '../types/schema.ts';
import type { DatasetEntry, Resource } from './store.ts';

/** When a new table of this dataset expires, in ms since 1970; an expirationTime of its own goes first. */
export function expiryOf(dataset: DatasetEntry, expirationTime: unknown, now: number): number | undefined {
  if (expirationTime !== undefined && expirationTime !== null && expirationTime !== '') {
    const at = Number(expirationTime);
    if (!Number.isFinite(at)) throw invalid(`Invalid value for expirationTime: ${JSON.stringify(expirationTime)}`);
    return at === 0 ? undefined : at;
  }
  const lifetime = Number(dataset.properties['defaultTableExpirationMs'] ?? 0);
  return lifetime > 0 ? now + lifetime : undefined;
}

/** Checks partitioning and clustering against the columns. @throws ApiError invalid, or 501 for ingestion-time partitions */
export function checkLayout(properties: Resource, fields: readonly Field[]): void {
  const time = properties['timePartitioning'] as Resource | undefined;
  const range = properties['rangePartitioning'] as Resource | undefined;
  if (time && range) throw invalid('Only one of timePartitioning and rangePartitioning may be specified');
  if (time) {
    if (typeof time['field'] !== 'string')
      throw unsupported('ingestion-time partitioning (timePartitioning without a field)');
    if (!['DAY', 'HOUR', 'MONTH', 'YEAR'].includes(String(time['type'])))
      throw invalid(`Invalid value for timePartitioning.type: ${String(time['type'])}`);
    checkPartitionColumn(time['field'], fields, ['DATE', 'TIMESTAMP', 'DATETIME']);
  }
  if (range) checkPartitionColumn(String(range['field']), fields, ['INTEGER']);
  const clustering = (properties['clustering'] as Resource | undefined)?.['fields'];
  if (clustering === undefined) return;
  if (!Array.isArray(clustering) || clustering.length === 0 || clustering.length > LIMITS.clusteringColumns) {
    throw invalid(`Clustering needs one to ${LIMITS.clusteringColumns} fields`);
  }
  for (const name of clustering as unknown[]) {
    const field = findField(fields, String(name));
    if (!field) throw invalid(`The field specified for clustering cannot be found in the schema: ${String(name)}`);
    if (field.mode === 'REPEATED' || ['RECORD', 'FLOAT', 'BYTES', 'JSON', 'TIME'].includes(field.type)) {
      throw invalid(`Field ${field.name} of type ${field.type} cannot be clustered by`);
    }
  }
}

function checkPartitionColumn(name: string, fields: readonly Field[], types: readonly string[]): void {
  const field = findField(fields, name);
  if (!field) throw invalid(`The field specified for partitioning cannot be found in the schema: ${name}`);
  if (field.mode === 'REPEATED' || !types.includes(field.type)) {
    throw invalid(
      `The field specified for partitioning has type ${field.type}; it must be one of ${types.join(', ')} and not REPEATED: ${name}`,
    );
  }
}

/** Name of the partitioning column, when every query has to filter by it. */
export function requiredFilter(properties: Resource): string | undefined {
  const time = properties['timePartitioning'] as Resource | undefined;
  const range = properties['rangePartitioning'] as Resource | undefined;
  const wanted = properties['requirePartitionFilter'] ?? time?.['requirePartitionFilter'];
  const field = time?.['field'] ?? range?.['field'];
  return wanted === true && typeof field === 'string' ? field : undefined;
}

function findField(fields: readonly Field[], name: string): Field | undefined {
  return fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
}
