import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { audit } from '../../functions/audit.ts';
import { encode } from '../../functions/encode.ts';
import { extract } from '../../functions/extract.ts';
import type { RunStatus } from '../../functions/ledger/status.ts';
import { load } from '../../functions/load.ts';
import { merge } from '../../functions/merge.ts';
import { encodeMessageData, type Message, type Outgoing, type TickMessage } from '../../functions/messages/messages.ts';
import type { StageDefinition } from '../../functions/runtime/handle.ts';
import { stagingTable } from '../../pipelines/model/names.ts';
import { findPipeline, readCatalog } from '../../pipelines/model/read.ts';
import { whatIsWanted } from '../../scripts/commands/run.ts';
import { trigger } from '../../scripts/commands/trigger.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { temporaryFolder } from '../support/folders.ts';
import { applicationUrl } from '../support/library.ts';
import { execute } from '../support/postgres.ts';
import { avroField, avroRecord, DATE, TIMESTAMP } from '../unit/records.ts';

/** `thing` is cut by blocks and marked, `part` is cut by key and deleted, and a key of `holiday` can be no date at all. */
const PIPELINE = `
pipeline: shop
description: Things that come and go.
schedule: '15 * * * *'
source: { postgres: application }
dataset: shop
tables:
  - source: things
    contract: test/thing
    destination: thing
    key: [id]
    cursor: updated_at
    partition: { field: created_at, immutable: true }
    slice: { rows: 60 }
    deletes: { schedule: '30 2 * * *' }
  - source: parts
    contract: test/part
    destination: part
    key: [shop, number]
    cursor: xmin
    slice: { rows: 2 }
    deletes: { schedule: '30 2 * * *', mode: hard, at_most: 0.5 }
  - source: holidays
    contract: test/holiday
    destination: holiday
    key: [day]
    cursor: full
    quarantine: { rows: 10 }
    deletes: { schedule: '0 3 * * 0', at_most: 1, column: gone_at }
`;
const CONTRACTS = {
  thing: [
    avroField('id', 'long'),
    avroField('text', 'string'),
    avroField('created_at', TIMESTAMP),
    avroField('updated_at', TIMESTAMP),
  ],
  part: [avroField('text', ['null', 'string']), avroField('shop', 'string'), avroField('number', 'int')],
  holiday: [avroField('day', DATE), avroField('name', ['null', 'string'])],
};
/** Rows of `things` at the beginning; some twenty fill a block. */
export const THINGS = 200;

const TABLES = `
  create table things (id bigint primary key, text text not null default repeat('x', 350),
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()) with (autovacuum_enabled = off);
  create function touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
  create trigger touch before update on things for each row execute function touch();
  create table parts (shop text, number int, text text, primary key (shop, number));
  create table holidays (day date primary key, name text);`;
const ROWS = `
  truncate things, parts, holidays;
  insert into things (id, created_at) select n, '2026-01-01' from generate_series(1, ${THINGS}) n;
  insert into parts select s, n, s || n from unnest(array['a', 'b']) s, generate_series(1, 3) n;
  insert into holidays values ('2026-01-01', 'new year'), ('2026-12-25', 'christmas');
  analyze things`;

const stages = new Map<string, unknown>(Object.entries({ extract, encode, load, audit, merge }));
let triggers = 0;

/** A cloud with that pipeline, and ways to look for rows that are gone. */
export class Shop {
  readonly cloud: TestCloud;
  private constructor(cloud: TestCloud) {
    this.cloud = cloud;
  }

  static async open(): Promise<Shop> {
    const folder = temporaryFolder();
    const [pipelines, schemas] = [join(folder, 'pipelines'), join(folder, 'schemas')];
    mkdirSync(pipelines);
    mkdirSync(join(schemas, 'test'), { recursive: true });
    writeFileSync(join(pipelines, 'shop.yaml'), PIPELINE);
    for (const [name, fields] of Object.entries(CONTRACTS))
      writeFileSync(join(schemas, `test/${name}.avsc`), JSON.stringify(avroRecord(...fields)));
    const env = { PATH: process.env['PATH'], ALIR_PIPELINES: pipelines, ALIR_SCHEMAS: schemas };
    const shop = new Shop(await startTestCloud({ catalog: readCatalog(pipelines, schemas), env }));
    await shop.source(TABLES);
    return shop;
  }

  /** The rows of the beginning on both sides, and no others. */
  async begin(): Promise<void> {
    await this.source(ROWS);
    for (const table of ['thing', 'part', 'holiday']) await this.drop(table);
    this.expectSuccess(await this.cloud.run('shop'));
  }

  async drop(table: string): Promise<void> {
    await (await this.cloud.services.warehouse()).dropTable('shop', table);
  }

  /** Things that are marked, and when. */
  async marked(): Promise<unknown[][]> {
    return await this.final('SELECT id, deleted_at FROM shop.thing WHERE deleted_at IS NOT NULL ORDER BY id');
  }

  async parts(): Promise<unknown[][]> {
    return await this.final('SELECT shop, number FROM shop.part ORDER BY 1, 2');
  }

  /** Of the staging table that a run has left behind. */
  async stagingColumns(table: string, runId: string): Promise<string[]> {
    const staging = await (await this.cloud.services.warehouse()).getTable('shop_staging', stagingTable(table, runId));
    return staging?.schema?.fields?.map(({ name }) => name) ?? [];
  }

  async source(sql: string): Promise<Record<string, unknown>[]> {
    return (await execute(applicationUrl(this.cloud), sql)).rows;
  }

  /** Values as BigQuery's client gives them; times as numbers of milliseconds. */
  async final(sql: string): Promise<unknown[][]> {
    const rows = await (await this.cloud.services.warehouse()).query(sql);
    return rows.map((row) => Object.values(row).map((value) => (isTime(value) ? Date.parse(value.value) : value)));
  }

  /** A tick as a person publishes it. */
  tick(tables: readonly string[]): TickMessage & { readonly manual: { id: string; at: string } } {
    const manual = { id: `d${(triggers += 1)}`, at: new Date().toISOString() };
    return { v: 1, kind: 'tick', pipeline: 'shop', manual, tables: [...tables], deletes: {} };
  }

  /** As `alir run --deletes` does, all by messages. */
  async look(table: readonly string[], accept?: number): Promise<RunStatus> {
    const { services } = this.cloud;
    const options = { deletes: true, table, ...(accept === undefined ? {} : { accept }) };
    const runId = await trigger(services, whatIsWanted(findPipeline(services.catalog, 'shop'), options));
    return await this.cloud.runOver(runId);
  }

  /** What a stage would publish. */
  async deliver({ stage, message }: Outgoing, publishTime = new Date()): Promise<Outgoing[]> {
    const delivery = { messageId: '1', publishTime, data: encodeMessageData(message), attributes: {} };
    const definition = stages.get(stage) as StageDefinition<Message, 'bucket' | 'warehouse'>;
    return await definition.run(message, delivery, this.cloud.services);
  }

  /** Drives a run by hand until a stage is due; `between` is called after every slice. */
  async upTo(first: Outgoing, stage: string, between?: (slice: number) => Promise<void>): Promise<Outgoing> {
    const due = [first];
    for (let next = due.shift(); next; next = due.shift()) {
      if (next.stage === stage) return next;
      due.push(...(await this.deliver(next)));
      if (next.message.kind === 'encode') await between?.(next.message.slice);
    }
    throw new Error(`the chain ended before ${stage}`);
  }

  expectSuccess(run: RunStatus): void {
    if (run.state !== 'succeeded') throw new Error(`${run.runId}: ${run.reason ?? run.state}`);
  }
}

function isTime(value: unknown): value is { readonly value: string } {
  return typeof value === 'object' && value !== null && /T.*Z$/.test(String((value as { value?: unknown }).value));
}
