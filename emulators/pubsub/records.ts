import type { Message, Schema, Subscription, Topic } from './model.ts';

export interface MessageRecord {
  readonly type: 'message';
  readonly message: Message;
  /** Names of the subscriptions whose filter let the message through. */
  readonly to: readonly string[];
}

/** What happened to the state, in the order in which it happened; the state is rebuilt by applying them again. */
export type StoreRecord =
  /** With all its revisions. */
  | { readonly type: 'schema'; readonly schema: Schema }
  | { readonly type: 'schemaDeleted'; readonly name: string }
  | { readonly type: 'topic'; readonly topic: Topic }
  | { readonly type: 'topicDeleted'; readonly name: string }
  | { readonly type: 'subscription'; readonly subscription: Subscription }
  | { readonly type: 'subscriptionDeleted'; readonly name: string }
  | MessageRecord
  /** Acknowledged or dead-lettered. */
  | { readonly type: 'done'; readonly subscription: string; readonly keys: readonly string[] }
  | { readonly type: 'attempts'; readonly subscription: string; readonly key: string; readonly attempts: number }
  | { readonly type: 'nextMessageId'; readonly id: number };

/** One record as a line of text. */
export function encodeRecord(record: StoreRecord): string {
  if (record.type !== 'message') return `${JSON.stringify(record)}\n`;
  const { message, to, type } = record;
  return `${JSON.stringify({ type, message: { ...message, data: message.data.toString('base64') }, to })}\n`;
}

/** @throws SyntaxError when the line is not one that `encodeRecord` wrote */
export function decodeRecord(line: string): StoreRecord {
  const record = JSON.parse(line) as StoreRecord;
  if (record.type !== 'message') return record;
  const data = Buffer.from(record.message.data as unknown as string, 'base64');
  return { ...record, message: { ...record.message, data } };
}
