import { describeError, TerminalError, TransientError } from './errors.ts';
import type { Delivery } from './delivery.ts';

/** How old a message may become that fails again and again. */
export interface AgeLimit {
  readonly maxSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * What a call that failed is to throw: its error, or, when the message is too old to be tried once more, a terminal one
 * that says so. Not while another call is at the same work: that one ends the run, or fails with an error of its own.
 */
export function notForEver(error: unknown, { publishTime }: Delivery, { maxSeconds, now }: AgeLimit): unknown {
  if (error instanceof TerminalError) return error;
  if (error instanceof TransientError && error.code === 'CLAIMED_ELSEWHERE') return error;
  const seconds = Math.floor((now() - publishTime.getTime()) / 1000);
  if (seconds <= maxSeconds) return error;
  const message =
    `published ${publishTime.toISOString()}, ${seconds} s ago, and it fails still; ` +
    `after ${maxSeconds} s (ALIR_MAX_MESSAGE_AGE) a message is not tried any more: ${describeError(error)}`;
  return new TerminalError('MESSAGE_EXPIRED', message, { cause: error });
}
