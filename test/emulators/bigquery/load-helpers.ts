import { type Bucket, openBucket, openWarehouse, PROJECT, type Warehouse } from './helpers.ts';

export interface LoadJob {
  readonly status: {
    readonly state: string;
    readonly errorResult?: { readonly reason: string; readonly message: string };
  };
  readonly statistics: { readonly load?: Record<string, string> };
}

export interface Loads {
  readonly bucket: Bucket;
  readonly warehouse: Warehouse;
  /** Loads into a table of dataset `d` and waits for the end; what went wrong is in `status.errorResult`. */
  readonly load: (tableId: string, uris: string | string[], config: object) => Promise<LoadJob>;
  /** The values of a table's first row as the wire has them. */
  readonly firstRow: (tableId: string) => Promise<unknown[]>;
  readonly stop: () => Promise<void>;
}

/** An emulator with a dataset `d`, and the bucket that it loads from. */
export async function openLoads(): Promise<Loads> {
  const bucket = await openBucket();
  const warehouse = await openWarehouse({ env: { STORAGE_EMULATOR_HOST: bucket.host } });
  await warehouse.client.createDataset('d');
  return {
    bucket,
    warehouse,
    load: async (tableId, uris, config) => await load(warehouse, tableId, [uris].flat(), config),
    firstRow: async (tableId) => {
      const url = `${warehouse.url}/datasets/d/tables/${tableId}/data?formatOptions.useInt64Timestamp=true`;
      const answer = (await (await fetch(url)).json()) as { rows: { f: { v: unknown }[] }[] };
      return answer.rows[0]?.f.map(({ v }) => v) ?? [];
    },
    stop: async () => {
      await warehouse.stop();
      await bucket.stop();
    },
  };
}

async function load(warehouse: Warehouse, tableId: string, uris: string[], config: object): Promise<LoadJob> {
  const sourceUris = uris.map((uri) => (uri.startsWith('gs://') ? uri : `gs://lake/${uri}`));
  const destinationTable = { projectId: PROJECT, datasetId: 'd', tableId };
  const configuration = {
    load: { sourceUris, destinationTable, sourceFormat: 'AVRO', useAvroLogicalTypes: true, ...config },
  };
  const body = JSON.stringify({ configuration });
  const { jobReference } = (await (await fetch(`${warehouse.url}/jobs`, { method: 'POST', body })).json()) as {
    jobReference: { jobId: string };
  };
  for (let deadline = Date.now() + 10_000; Date.now() < deadline;) {
    const job = (await (await fetch(`${warehouse.url}/jobs/${jobReference.jobId}?location=US`)).json()) as LoadJob;
    if (job.status.state === 'DONE') return job;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('the load did not end');
}

export const record = (fields: object[]): object => ({ type: 'record', name: 'r', fields });
export const decimal = (unscaled: bigint, bytes: number): Buffer =>
  Buffer.from(
    BigInt.asUintN(bytes * 8, unscaled)
      .toString(16)
      .padStart(bytes * 2, '0'),
    'hex',
  );
export const IDS = record([{ name: 'id', type: 'long' }]);
