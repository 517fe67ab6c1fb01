import type { Message, Schema, Topic } from './model.ts';
import type { Queue } from './queue.ts';
import type { StoreRecord } from './records.ts';

/** The fewest records that lead to the given state. Twins are left out: a fault is not worth keeping. */
export function* snapshot(
  nextMessageId: number,
  schemas: Iterable<Schema>,
  topics: readonly Topic[],
  queues: readonly Queue[],
): Generator<StoreRecord> {
  yield { type: 'nextMessageId', id: nextMessageId };
  for (const schema of schemas) yield { type: 'schema', schema };
  for (const topic of topics) yield { type: 'topic', topic };
  for (const { subscription } of queues) yield { type: 'subscription', subscription };
  for (const [message, to] of routes(queues)) yield { type: 'message', message, to };
  for (const { subscription, entries } of queues.map(withEntries)) {
    for (const { key, attempts, lease } of entries) {
      // A delivery under way when the state is read again has not failed.
      const failures = lease ? attempts - 1 : attempts;
      if (failures > 0) yield { type: 'attempts', subscription, key, attempts: failures };
    }
  }
}

/** Each message with the subscriptions that still hold it, in the order of publishing, which ordering keys rely on. */
function routes(queues: readonly Queue[]): [Message, string[]][] {
  const found = new Map<Message, string[]>();
  for (const { subscription, entries } of queues.map(withEntries)) {
    for (const { message } of entries) {
      const to = found.get(message);
      if (to) to.push(subscription);
      else found.set(message, [subscription]);
    }
  }
  return [...found].sort(([a], [b]) => Number(a.messageId) - Number(b.messageId));
}

function withEntries(queue: Queue) {
  return { subscription: queue.subscription.name, entries: [...queue.entries()].filter(({ twin }) => !twin) };
}
