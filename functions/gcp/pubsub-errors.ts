import { describeError } from '../runtime/errors.ts';
import { NETWORK, networkCode } from '../runtime/network-errors.ts';
import { bornOf, type ErrorTable, judge, passes, stays, UNKNOWN } from '../runtime/verdict.ts';

/**
 * Pub/Sub's errors by gRPC status (https://grpc.io/docs/guides/status-codes/), and what Google says a client can do about
 * each: https://cloud.google.com/pubsub/docs/reference/error-codes. Those that pass are the ones that Google's client has
 * already repeated for a while itself. A message that was published twice does no harm.
 */
export const PUBSUB_ERRORS: ErrorTable = {
  1: passes('CANCELLED: can be retried, and may have been done'),
  2: passes('UNKNOWN: can be retried'),
  3: stays('RESOURCE_MISSING', 'INVALID_ARGUMENT: the topic has a schema or a limit that the message does not keep to'),
  4: passes('DEADLINE_EXCEEDED: can be retried, and may have been done'),
  5: stays('RESOURCE_MISSING', 'NOT_FOUND: the topic is not there'),
  6: stays('RESOURCE_MISSING', 'ALREADY_EXISTS: cannot be retried'),
  7: stays('ACCESS_DENIED', 'PERMISSION_DENIED: a grant is missing'),
  8: passes('RESOURCE_EXHAUSTED: a quota of the minute, to be retried with backoff'),
  9: stays('ACCESS_DENIED', 'FAILED_PRECONDITION: billing is off, a key is out of reach, or the region is not allowed'),
  10: passes('ABORTED: can be retried'),
  11: stays('RESOURCE_MISSING', 'OUT_OF_RANGE: gives the same answer'),
  12: stays('RESOURCE_MISSING', 'UNIMPLEMENTED: whatever answers in its place cannot do what Pub/Sub can'),
  13: passes('INTERNAL: should pass, and can be retried'),
  14: passes('UNAVAILABLE: to be retried with backoff'),
  15: stays('RESOURCE_MISSING', 'DATA_LOSS: nothing that a repetition could mend'),
  16: stays('ACCESS_DENIED', 'UNAUTHENTICATED: the credentials are not valid'),
};

/** Google's error as one of ours. */
export function asAlirError(topic: string, error: unknown): Error {
  const { code } = error as { code?: unknown };
  const verdict = judge([String(code), networkCode(error)], PUBSUB_ERRORS, NETWORK) ?? UNKNOWN;
  if (verdict.errorClass === 'transient') {
    return bornOf(verdict, `publishing to ${topic} failed: ${describeError(error)}`);
  }
  const why = WHY[String(code)];
  if (why === undefined) return bornOf(verdict, `topic ${topic} takes no message: ${describeError(error)}`, error);
  return bornOf(verdict, `topic ${topic} ${why}; provision the environment again (pulumi up, or alir up)`, error);
}

/** What provisioning mends. */
const WHY: Readonly<Record<string, string>> = { 5: 'does not exist', 7: 'may not be published to' };
