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
