import type { Ledger } from '../../../functions/ledger/ledger.ts';
import { perform } from '../engine/calls.ts';
import { LEDGER, pick } from './refusals.ts';

/** Makes every statement and every transaction of the ledger an effect; `after` hears of each once it is done. */
export function gateLedger(ledger: Ledger, after: () => Promise<void>): Ledger {
  const effect = async <T>(what: string, act: () => Promise<T>): Promise<T> =>
    await perform({
      service: 'ledger',
      what,
      fail: (failure, variant) => {
        throw pick(LEDGER, failure, variant);
      },
      async act() {
        try {
          return await act();
        } finally {
          if (!what.startsWith('select')) await after();
        }
      },
    });
  return {
    query: async (text, values) =>
      await effect(text.trim().replace(/\s+/g, ' ').slice(0, 60), async () => await ledger.query(text, values)),
    transaction: async (work) => await effect('transaction', async () => await ledger.transaction(work)),
    close: async () => {
      await ledger.close();
    },
  };
}
