import { cloudEvent, type CloudEvent } from '@google-cloud/functions-framework';
import type { Message } from '../messages/messages.ts';
import type { PubSubEvent } from '../runtime/delivery.ts';
import { type FunctionDefinition, handle, type StageDefinition } from '../runtime/handle.ts';
import { type ClientName, openCommon, type Services, withClients } from '../runtime/services.ts';

/** One set of connections per process, opened by the first event and not by the import. */
let common: Services | undefined;

/** Registers a function with the functions framework, under its own name. */
export function serve<M extends Message, C extends ClientName>(
  definition: StageDefinition<M, C> | FunctionDefinition<C>,
): void {
  const served = 'stage' in definition ? asFunction(definition) : definition;
  let services: Services<C> | undefined;
  cloudEvent(served.name, async (event: CloudEvent<unknown>) => {
    services ??= withClients((common ??= openCommon(process.env)), served.clients, process.env);
    await served.receive(event as PubSubEvent, services);
  });
}

function asFunction<M extends Message, C extends ClientName>(stage: StageDefinition<M, C>): FunctionDefinition<C> {
  return {
    name: stage.stage,
    clients: stage.clients,
    receive: async (event, services) => {
      const { maxMessageAgeSeconds: maxSeconds } = services.settings;
      await handle(stage, event, services, { maxSeconds, now: Date.now });
    },
  };
}
