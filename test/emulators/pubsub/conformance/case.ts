import type { Json } from '../harness.ts';
import type { Method } from './transports.ts';

/**
 * What Google's Pub/Sub answers, from its documentation and its proto's comments. `P` at the start of a name stands for
 * a project of the case's own, `$ackIds` for the ack ids that the case's last pull brought.
 */
export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Where the official emulator is known to differ from the service; it is not asked then. */
  readonly officialDiffers?: string;
}

/**
 * `expected` is a part of the answer, or `{ error, text? }`: a Google status, and a text that only this emulator is held
 * to (the official one words its errors differently).
 */
export type Step = readonly [method: Method, request: Json, expected: Json];

export const A = 'P/topics/topic-a';
export const S = 'P/subscriptions/sub-a';
export const withTopic: Step = ['CreateTopic', { name: A }, { name: A }];
export const withSubscription: Step = ['CreateSubscription', { name: S, topic: A }, { name: S }];
export const hello = { data: 'aGVsbG8=' };
export const INVALID = { error: 'INVALID_ARGUMENT' };
export const UNIMPLEMENTED = { error: 'UNIMPLEMENTED' };

/** A record of one field `x`, as an Avro definition. */
export function recordOf(type: unknown, ...others: readonly object[]): string {
  return JSON.stringify({ type: 'record', name: 'thing', namespace: 'shop', fields: [{ name: 'x', type }, ...others] });
}
export const NOTE = { name: 'note', type: ['null', 'string'], default: null };
export const D = 'P/schemas/schema-a';
export const withSchema: Step = [
  'CreateSchema',
  { parent: 'P', schemaId: 'schema-a', schema: { type: 'AVRO', definition: recordOf('long') } },
  { name: D, type: 'AVRO', definition: recordOf('long') },
];
export const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
