import type { z } from 'zod';
import type { FunctionName, Stage } from '../../pipelines/model/names.ts';
import { type Message, type Outgoing, parseMessage } from '../messages/messages.ts';
import { publishAll, waitingRuns } from './chain.ts';
import { type Delivery, type PubSubEvent, readDelivery } from './delivery.ts';
import { failureOf, TerminalError } from './errors.ts';
import { giveUp } from './failure.ts';
import { type AgeLimit, notForEver } from './age.ts';
import type { ClientName, OpenClients, Services } from './services.ts';

/** A cloud function: its name, and what it does with one delivery. */
export interface FunctionDefinition<C extends ClientName = never> {
  readonly name: FunctionName;
  /** What it uses beyond what every function has; its package holds these of Google's clients, and no others. */
  readonly clients: OpenClients<C>;
  receive(event: PubSubEvent, services: Services<C>): Promise<void>;
}

/** A stage of the chain: what it takes, and a plain function from that to what it publishes. */
export interface StageDefinition<M extends Message, C extends ClientName = never> {
  readonly stage: Stage;
  readonly clients: OpenClients<C>;
  readonly message: z.ZodType<M>;
  run(message: M, delivery: Delivery, services: Services<C>): Promise<Outgoing[]>;
}

/**
 * One delivery, from push to acknowledgement: parse → run the stage → publish → acknowledge (by returning). A terminal
 * error is recorded, sent to the dead letter topic and acknowledged; anything else is thrown, and Pub/Sub tries again,
 * until the message runs out of attempts or is older than `age` allows.
 */
export async function handle<M extends Message, C extends ClientName>(
  definition: StageDefinition<M, C>,
  event: PubSubEvent,
  services: Services<C>,
  age?: AgeLimit,
): Promise<void> {
  const started = Date.now();
  const context: Record<string, unknown> = { stage: definition.stage };
  let delivery: Delivery | undefined;
  try {
    delivery = readDelivery(event);
    const message = parseMessage(definition.message, delivery.data);
    Object.assign(context, message);
    const next = await definition.run(message, delivery, services);
    await publishAll(services, [...next, ...(await waitingRuns(services, message))]);
    services.log('INFO', `${definition.stage} done`, { ...context, milliseconds: Date.now() - started });
  } catch (thrown) {
    const error = delivery && age ? notForEver(thrown, delivery, age) : thrown;
    const { errorClass, code, text } = failureOf(error);
    const severity = error instanceof TerminalError ? 'ERROR' : 'WARNING';
    services.log(severity, `${definition.stage}: ${text}`, { ...context, errorClass, code });
    if (!(error instanceof TerminalError)) throw error;
    // Where nothing came that could be kept, the log is all there is.
    if (delivery) await giveUp(definition.stage, delivery, error, services);
  }
}
