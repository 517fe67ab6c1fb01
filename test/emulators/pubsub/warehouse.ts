import { afterAll, beforeAll } from '@jest/globals';
import { SchemaTypes, type Topic } from '@google-cloud/pubsub';
import { openWarehouse, PROJECT, type Warehouse } from '../bigquery/helpers.ts';
import { type Json, QUICK, type RunningPubSub, startPubSub, until } from './harness.ts';

/** Not readonly inside, for Google's types are not. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: Column[];
}

export const METADATA: readonly Column[] = [
  { name: 'subscription_name', type: 'STRING' },
  { name: 'message_id', type: 'STRING' },
  { name: 'publish_time', type: 'TIMESTAMP' },
  { name: 'attributes', type: 'JSON' },
];

/** Pub/Sub and BigQuery for the tests of a file; all names that are made are new. */
export interface BothOfFile {
  readonly pubsub: () => RunningPubSub;
  readonly warehouse: () => Warehouse;
  /** A table; `project.dataset.table`. */
  readonly table: (columns: readonly Column[]) => Promise<{ id: string; name: string }>;
  /** A topic, with a schema of these fields when they are given. */
  readonly topic: (fields?: readonly object[], encoding?: 'JSON' | 'BINARY') => Promise<Topic>;
  /** Creates a BigQuery subscription; its name. */
  readonly subscribe: (topic: Topic, bigqueryConfig: Json, options?: object) => Promise<string>;
  /** All rows, once there are `count`. */
  readonly rows: (sql: string, count: number) => Promise<Record<string, unknown>[]>;
}

export function bothOfFile(): BothOfFile {
  let running: RunningPubSub | undefined;
  let opened: Warehouse | undefined;
  let made = 0;
  const pubsub = (): RunningPubSub => running ?? fail();
  const warehouse = (): Warehouse => opened ?? fail();
  beforeAll(async () => {
    opened = await openWarehouse();
    running = await startPubSub({ env: { ...QUICK, ...opened.emulator.env } });
    await opened.client.createDataset('shop');
  });
  afterAll(async () => {
    await running?.stop();
    await opened?.stop();
  });
  return {
    pubsub,
    warehouse,
    async table(columns) {
      const id = `table_${(made += 1)}`;
      await warehouse()
        .client.dataset('shop')
        .createTable(id, { schema: { fields: [...columns] } });
      return { id, name: `${PROJECT}.shop.${id}` };
    },
    async topic(fields, encoding = 'JSON') {
      const id = `topic-${(made += 1)}`;
      if (!fields) return (await pubsub().client.createTopic(id))[0];
      const definition = JSON.stringify({ type: 'record', name: 'thing', namespace: 'shop', fields });
      await pubsub().client.createSchema(id, SchemaTypes.Avro, definition);
      const schemaSettings = { schema: `projects/demo/schemas/${id}`, encoding };
      return (await pubsub().client.createTopic({ name: id, schemaSettings }))[0];
    },
    async subscribe(topic, bigqueryConfig, options = {}) {
      const id = `sub-${(made += 1)}`;
      await topic.createSubscription(id, { bigqueryConfig, ...options });
      return id;
    },
    async rows(sql, count) {
      return await until(`${count} rows of ${sql}`, async () => {
        const rows = await warehouse().rows(sql);
        return rows.length >= count ? rows : undefined;
      });
    },
  };
}

function fail(): never {
  throw new Error('the emulators start before the first test, and not before that');
}
