import type { Environment } from '../../pipelines/model/resources.ts';
import { type Catalog, readCatalog } from '../../pipelines/model/read.ts';
import type { Warehouse } from '../gcp/bigquery.ts';
import type { Publisher } from '../gcp/pubsub.ts';
import type { Bucket } from '../gcp/storage.ts';
import { type Ledger, openLedger } from '../ledger/ledger.ts';
import { lazy } from './lazy.ts';
import { type Log, logToStdout } from './log.ts';
import { type Env, readSettings, type Settings } from './settings.ts';

/** What every function may use. */
interface CommonServices {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly fetch: typeof fetch;
  publisher(): Promise<Publisher>;
}

/**
 * What some functions use beside that, each of Google's clients under the name by which a function asks for it. They are
 * functions, for a client costs a cold start up to 250 ms.
 */
export interface Clients {
  bucket(purpose: 'lake' | 'quarantine'): Promise<Bucket>;
  warehouse(): Promise<Warehouse>;
}
export type ClientName = keyof Clients;

/** What a function is handed, so that a test can hand in something else: what all have, and the clients it asks for. */
export type Services<C extends ClientName = never> = CommonServices & Pick<Clients, C>;

/** How a client is opened; nothing is imported, and nobody called, before it is used. */
export type OpenClient<C extends ClientName> = (environment: Environment, env: Env) => Clients[C];
export type OpenClients<C extends ClientName> = { readonly [K in C]: OpenClient<K> };

interface Closable {
  close(): Promise<void>;
}

/** Builds the services of one process; connections are made at first use. @throws TerminalError SETTING_MISSING */
export function openServices<C extends ClientName = never>(env: Env, clients: OpenClients<C>): Services<C> & Closable {
  return withClients(openCommon(env), clients, env);
}

/** The same services, and clients of one's own beside them: the functions of one process share the rest. */
export function withClients<C extends ClientName, S extends Services>(
  services: S,
  clients: OpenClients<C>,
  env: Env,
): S & Pick<Clients, C> {
  const names = Object.keys(clients) as C[];
  const opened = Object.fromEntries(names.map((name) => [name, clients[name](services.environment, env)]));
  return { ...services, ...(opened as Pick<Clients, C>) };
}

/** @throws TerminalError SETTING_MISSING */
export function openCommon(env: Env): Services & Closable {
  const settings = readSettings(env);
  const { environment } = settings;
  const log = logToStdout;
  const ledger = openLedger({
    connection: settings.ledger,
    onIdleError: (error) => {
      log('WARNING', `the ledger closed an idle connection: ${error.message}`);
    },
  });
  const publisher = lazy(async () => (await import('../gcp/pubsub.ts')).openPublisher(environment.projectId));
  return {
    settings,
    environment,
    catalog: readCatalog(env['ALIR_PIPELINES'], env['ALIR_SCHEMAS']),
    ledger,
    log,
    fetch,
    publisher,
    async close() {
      await ledger.close();
      if (publisher.opened()) await (await publisher()).close();
    },
  };
}
