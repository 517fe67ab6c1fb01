import type { z } from 'zod';
import { invalid } from '../checks.ts';
import type { BigQueryConfig, Json } from '../model.ts';
import type { bigqueryConfigShape } from '../shapes.ts';
import { parseTable } from './table.ts';

/**
 * Checks a BigQuery configuration; one without a table takes it away from the subscription. That the table is there and
 * fits is checked where BigQuery can be asked.
 * @throws ApiError INVALID_ARGUMENT
 */
export function parseBigQueryConfig(given: z.output<typeof bigqueryConfigShape>): BigQueryConfig | undefined {
  const config = { ...given, state: undefined };
  if (config.table === '') {
    if (Object.values(config).some(Boolean)) throw invalid('bigquery_config needs a table.');
    return undefined;
  }
  parseTable(config.table);
  if (config.useTopicSchema && config.useTableSchema) {
    throw invalid('bigquery_config has both use_topic_schema and use_table_schema.');
  }
  return { ...config, state: 'ACTIVE' };
}

export function renderBigQueryConfig(config: BigQueryConfig): Json {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== false && value !== ''));
}
