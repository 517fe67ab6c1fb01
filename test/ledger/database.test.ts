import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Ledger, openLedger } from '../../functions/ledger/ledger.ts';
import { createLedger } from '../support/ledger.ts';
import { createDatabase } from '../support/postgres.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});

describe('the database', () => {
  test('that was down is asked again', async () => {
    const url = new URL(await createDatabase());
    const { port } = url;
    url.port = '1';
    const down = openLedger({ connection: url.toString() });
    await expect(down.query('select 1')).rejects.toMatchObject({
      errorClass: 'transient',
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringMatching(/^the ledger: .*ECONNREFUSED/),
    });
    await down.close();
    url.port = port;
    const up = openLedger({ connection: url.toString() });
    await expect(up.query('select 1 from run')).resolves.toMatchObject({ rowCount: 0 });
    await up.close();
  });
});

describe('an error of the database', () => {
  test('that passes is transient; one that says that we are wrong is as pg gives it', async () => {
    const raised = (code: string): string => `do $$ begin raise exception 'so' using errcode = '${code}'; end $$`;
    for (const code of ['40P01', '57P01', '53300']) {
      await expect(ledger.query(raised(code))).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        message: `the ledger: so (SQLSTATE ${code})`,
      });
    }
    await expect(ledger.query('select nobody')).rejects.toMatchObject({ code: '42703' });
    const work = async (): Promise<never> => await Promise.reject(new Error('of the work itself'));
    await expect(ledger.transaction(work)).rejects.toThrow('of the work itself');
  });
});
