import { LIMITS } from '../limits.ts';
import { invalid } from '../errors.ts';

export interface DatasetRef {
  readonly projectId: string;
  readonly datasetId: string;
}
export interface TableRef extends DatasetRef {
  readonly tableId: string;
}

/** As Google's messages write them. */
export function datasetName(ref: DatasetRef): string {
  return `${ref.projectId}:${ref.datasetId}`;
}
export function tableName(ref: TableRef): string {
  return `${ref.projectId}:${ref.datasetId}.${ref.tableId}`;
}

/** https://cloud.google.com/bigquery/docs/datasets#dataset-naming */
export function checkDatasetId(id: string): void {
  if (/^[A-Za-z0-9_]+$/.test(id) && id.length <= LIMITS.datasetNameCharacters) return;
  throw invalid(
    `Invalid dataset ID "${id}". Dataset IDs must be alphanumeric (plus underscores) and must be at most ${LIMITS.datasetNameCharacters} characters long.`,
  );
}

/** https://cloud.google.com/bigquery/docs/tables#table_naming */
export function checkTableId(id: string): void {
  const length = Buffer.byteLength(id);
  if (/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+$/u.test(id) && length <= LIMITS.tableNameBytes) return;
  throw invalid(
    `Invalid table ID "${id}". Table IDs must be alphanumeric (plus underscores) and must be at most ${LIMITS.tableNameBytes} characters long. Also, Table decorators cannot be used.`,
  );
}
