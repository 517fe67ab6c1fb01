import { bucketName } from '../../pipelines/model/names.ts';
import type { Environment } from '../../pipelines/model/plan.ts';
import { type Catalog, readCatalog } from '../../pipelines/model/read.ts';
import type { Warehouse } from '../gcp/bigquery.ts';
import type { Publisher } from '../gcp/pubsub.ts';
import type { Bucket } from '../gcp/storage.ts';
import { type Ledger, openLedger } from '../ledger/ledger.ts';
import { type Log, logToStdout } from './log.ts';
import { type Env, readSettings, type Settings } from './settings.ts';

/**
 * What a stage may use; it is handed in, so that a test can hand in something else. The parts that need a Google client
 * are functions, for a client costs a cold start up to 250 ms and most functions need one or two of them.
 */
export interface Services {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly fetch: typeof fetch;
  publisher(): Promise<Publisher>;
  bucket(purpose: 'lake' | 'quarantine'): Promise<Bucket>;
  warehouse(): Promise<Warehouse>;
}

/** Builds the services of one process; connections are made at first use. @throws TerminalError SETTING_MISSING */
export function openServices(env: Env): Services & { close(): Promise<void> } {
  const settings = readSettings(env);
  const { environment } = settings;
  const log = logToStdout;
  const ledger = openLedger({
    url: settings.ledgerUrl,
    onIdleError: (error) => {
      log('WARNING', `the ledger closed an idle connection: ${error.message}`);
    },
  });
  const publisher = lazy(async () => (await import('../gcp/pubsub.ts')).openPublisher(environment.projectId));
  const warehouse = lazy(async () => {
    const { openWarehouse } = await import('../gcp/bigquery.ts');
    return openWarehouse(environment.projectId, environment.location, env);
  });
  return {
    settings,
    environment,
    catalog: readCatalog(env['ALIR_PIPELINES'], env['ALIR_SCHEMAS']),
    ledger,
    log,
    fetch,
    publisher,
    warehouse,
    async bucket(purpose) {
      const { openBucket } = await import('../gcp/storage.ts');
      return openBucket(environment.projectId, bucketName(environment.projectId, environment.name, purpose));
    },
    async close() {
      await ledger.close();
      if (publisher.opened()) await (await publisher()).close();
    },
  };
}

/** Opens at the first call, once; `opened` says whether that has happened. */
function lazy<T>(open: () => Promise<T>): (() => Promise<T>) & { opened(): boolean } {
  let value: Promise<T> | undefined;
  return Object.assign(async () => await (value ??= open()), { opened: () => value !== undefined });
}
