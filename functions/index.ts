import { cloudEvent, type CloudEvent } from '@google-cloud/functions-framework';
import { audit } from './audit.ts';
import { encode } from './encode.ts';
import { extract } from './extract.ts';
import { generate } from './generate.ts';
import { load } from './load.ts';
import { merge } from './merge.ts';
import type { Message } from './messages/messages.ts';
import { notify } from './notify.ts';
import type { PubSubEvent } from './runtime/delivery.ts';
import { handle, type StageDefinition } from './runtime/handle.ts';
import { openServices, type Services } from './runtime/services.ts';

/** One set of connections per process, opened by the first event and not by the import. */
let services: Services | undefined;
const servicesOfProcess = (): Services => (services ??= openServices(process.env));

function register<M extends Message>(definition: StageDefinition<M>): void {
  cloudEvent(definition.stage, async (event: CloudEvent<unknown>) => {
    await handle(definition, event as PubSubEvent, servicesOfProcess());
  });
}

register(generate);
register(extract);
register(encode);
register(load);
register(audit);
register(merge);
cloudEvent('notify', async (event: CloudEvent<unknown>) => {
  await notify(event as PubSubEvent, servicesOfProcess());
});
