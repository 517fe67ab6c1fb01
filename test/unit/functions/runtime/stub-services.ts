import type { Ledger } from '../../../../functions/ledger/ledger.ts';
import type { Severity } from '../../../../functions/runtime/log.ts';
import type { EveryService } from '../../../../functions/runtime/clients/every.ts';
import { readSettings } from '../../../../functions/runtime/settings.ts';
import { readCatalog } from '../../../../pipelines/model/read.ts';

export interface Published {
  readonly topic: string;
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface StubServices {
  readonly services: EveryService;
  readonly published: Published[];
  readonly logged: { readonly severity: Severity; readonly message: string; readonly fields: unknown }[];
  /** The first words of each statement that the ledger was given, with its values. */
  readonly statements: { readonly sql: string; readonly values: readonly unknown[] }[];
}

/** Services in memory: a ledger that knows nothing, and a publisher that keeps what it is given. */
export function stubServices({
  brokerDown,
  ledgerDown,
}: { brokerDown?: Error; ledgerDown?: Error } = {}): StubServices {
  const published: Published[] = [];
  const logged: StubServices['logged'] = [];
  const statements: StubServices['statements'] = [];
  const query: Ledger['query'] = async (text, values = []) => {
    if (ledgerDown) throw ledgerDown;
    statements.push({ sql: text.trim().split(/\s+/).slice(0, 3).join(' '), values });
    return await Promise.resolve({ rows: [], rowCount: 0, command: '', oid: 0, fields: [] });
  };
  const nothing = (): never => {
    throw new Error('this test needs no bucket, warehouse or API');
  };
  const settings = readSettings({
    GOOGLE_CLOUD_PROJECT: 'p',
    ALIR_LEDGER_URL: 'postgres://h/d',
    ALIR_ENVIRONMENT: 'test',
  });
  const services: EveryService = {
    settings,
    environment: settings.environment,
    catalog: readCatalog(),
    ledger: {
      query,
      transaction: async (work) => await work({ query }),
      close: async () => {
        await Promise.resolve();
      },
    },
    log: (severity, message, fields) => logged.push({ severity, message, fields }),
    fetch: nothing,
    bucket: nothing,
    warehouse: nothing,
    publisher: async () =>
      await Promise.resolve({
        async publish(topic, data, attributes = {}) {
          if (brokerDown) throw brokerDown;
          return await Promise.resolve(String(published.push({ topic, data: data.toString(), attributes })));
        },
        close: async () => {
          await Promise.resolve();
        },
      }),
  };
  return { services, published, logged, statements };
}
