import { type Message, PubSub, type Subscription } from '@google-cloud/pubsub';
import type { Emulator, EmulatorOptions } from '../../../emulators/kit/emulator.ts';
import { start } from '../../../emulators/pubsub/index.ts';

process.env['METADATA_SERVER_DETECTION'] = 'none';

/** Retries a hundred times quicker than declared; backoff of 10 s becomes 100 ms. */
export const QUICK = { PUBSUB_EMULATOR_BACKOFF_SCALE: '0.01' };

export interface RunningPubSub {
  readonly emulator: Emulator;
  readonly client: PubSub;
  /** A request to the emulator; the answer's body is read as JSON. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Json }>;
  readonly stats: (subscription: string) => Promise<Stats>;
  /** Resolves once the subscription has no unacknowledged messages. */
  readonly idle: (subscription: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export type Json = Readonly<Record<string, unknown>>;

export interface Stats {
  readonly unacked: number;
  readonly oldestUnackedSeconds: number;
  readonly delivered: number;
  readonly acked: number;
  readonly nacked: number;
  readonly deadLettered: number;
}

/** An emulator with the official client that points to it. */
export async function startPubSub(options: EmulatorOptions = {}): Promise<RunningPubSub> {
  const emulator = await start(options);
  const host = emulator.env['PUBSUB_EMULATOR_HOST'] ?? '';
  const client = clientOf(host);
  const call = async (method: string, path: string, body?: unknown) => await callJson(host, method, path, body);
  const stats = async (subscription: string): Promise<Stats> => {
    const { body } = await call('GET', '/emulator/v1/stats');
    const found = (body['subscriptions'] as Record<string, Stats>)[`projects/demo/subscriptions/${subscription}`];
    if (!found) throw new Error(`no stats of ${subscription}`);
    return found;
  };
  return {
    emulator,
    client,
    call,
    stats,
    idle: async (subscription) => {
      await until(`${subscription} to be idle`, async () => {
        const { unacked } = await stats(subscription);
        return unacked === 0 ? true : undefined;
      });
    },
    stop: async () => {
      await client.close();
      await emulator.stop();
    },
  };
}

/** Streams a subscription as users do; `handle` acks or nacks (`n` counts from 1). Returns what came, as it comes. */
export function listen(subscription: Subscription, handle: (message: Message, n: number) => void): Message[] {
  const messages: Message[] = [];
  subscription.on('error', () => undefined);
  subscription.on('message', (message: Message) => {
    messages.push(message);
    handle(message, messages.length);
  });
  return messages;
}

export function ack(message: Message): void {
  message.ack();
}

export function texts(messages: readonly Message[]): string[] {
  return messages.map(({ data }) => data.toString());
}

export function clientOf(host: string): PubSub {
  return new PubSub({ projectId: 'demo', apiEndpoint: host, emulatorMode: true });
}

export async function callJson(
  host: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Json }> {
  const response = await fetch(`http://${host}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as Json) : { text } };
}

/** Polls until `probe` returns a value; fails with `what` after 20 s. */
export async function until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
