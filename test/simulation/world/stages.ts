import { audit } from '../../../functions/audit.ts';
import { encode } from '../../../functions/encode.ts';
import { extract } from '../../../functions/extract.ts';
import { load } from '../../../functions/load.ts';
import { merge } from '../../../functions/merge.ts';
import { notify } from '../../../functions/notify.ts';
import type { PubSubEvent } from '../../../functions/runtime/delivery.ts';
import { handle } from '../../../functions/runtime/handle.ts';
import type { EveryService } from '../../../functions/runtime/clients/every.ts';

type Receive = (event: PubSubEvent, services: EveryService) => Promise<void>;

/** What each function of the chain does with an event, by the function's name. */
export const stages: Readonly<Record<string, Receive>> = {
  extract: async (event, services) => {
    await handle(extract, event, services);
  },
  encode: async (event, services) => {
    await handle(encode, event, services);
  },
  load: async (event, services) => {
    await handle(load, event, services);
  },
  audit: async (event, services) => {
    await handle(audit, event, services);
  },
  merge: async (event, services) => {
    await handle(merge, event, services);
  },
  notify: async (event, services) => {
    await notify.receive(event, services);
  },
};
