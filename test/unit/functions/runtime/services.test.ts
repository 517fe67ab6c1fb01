import { expect, test } from '@jest/globals';
import { everyClient } from '../../../../functions/runtime/clients/every.ts';
import { warehouse } from '../../../../functions/runtime/clients/warehouse.ts';
import { openCommon, openServices, withClients } from '../../../../functions/runtime/services.ts';

const env = {
  GOOGLE_CLOUD_PROJECT: 'p',
  ALIR_LEDGER_URL: 'postgres://127.0.0.1/alir',
  BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:9',
};

test('a function is handed the clients that it names, and no others', () => {
  expect(openServices(env, {})).not.toHaveProperty('warehouse');
  const services = openServices(env, { warehouse });
  expect(services).toHaveProperty('warehouse');
  expect(services).not.toHaveProperty('bucket');
  expect(Object.keys(everyClient).filter((name) => !(name in openServices(env, everyClient)))).toEqual([]);
});

test('a client is opened once', async () => {
  const services = openServices(env, { warehouse });
  expect(await services.warehouse()).toBe(await services.warehouse());
});

test('functions of one process share what all of them have', () => {
  const common = openCommon(env);
  const { ledger, catalog } = withClients(common, { warehouse }, env);
  expect(ledger).toBe(common.ledger);
  expect(catalog).toBe(common.catalog);
});
