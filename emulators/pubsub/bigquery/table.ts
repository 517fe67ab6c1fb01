import { invalid } from '../checks.ts';

/** A column as BigQuery's REST API has it: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Column[];
}

export interface TableRef {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

/** REST's older words for GoogleSQL's types. */
const STANDARD: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
};

export function kindOf({ type }: Column): string {
  return STANDARD[type] ?? type;
}

/** `project.dataset.table`, or with a colon behind the project. @throws ApiError INVALID_ARGUMENT */
export function parseTable(text: string): TableRef {
  const [, project = '', dataset = '', table = ''] = /^(.+)[.:](\w+)\.([^.:]+)$/.exec(text) ?? [];
  if (project === '') throw invalid(`Invalid BigQuery table "${text}": it must be {projectId}.{datasetId}.{tableId}.`);
  return { project, dataset, table };
}

/** Columns by name, for which case does not count. */
export function byName(columns: readonly Column[]): Map<string, Column> {
  return new Map(columns.map((column) => [column.name.toLowerCase(), column]));
}
