import type { PubsubTarget, RpcStatus } from './job.ts';
import { PUBLISH_DEADLINE_MS } from './limits.ts';

/** Delivers one tick. Never rejects: a failure is the attempt's status. */
export type Publish = (target: PubsubTarget, signal: AbortSignal) => Promise<RpcStatus>;

/** gRPC codes of HTTP codes: https://cloud.google.com/apis/design/errors#handling_errors */
const GRPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  409: 6,
  429: 8,
  500: 13,
  501: 12,
  503: 14,
  504: 4,
};
const UNKNOWN = 2;
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;

/** Publishes over Pub/Sub's REST API, to the emulator that `PUBSUB_EMULATOR_HOST` names at that moment. */
export function publisher(env: Readonly<Record<string, string | undefined>>): Publish {
  return async ({ topicName, data, attributes }, signal) => {
    const host = env['PUBSUB_EMULATOR_HOST']?.replace(/^http:\/\//, '');
    if (!host)
      return { code: UNAVAILABLE, message: 'PUBSUB_EMULATOR_HOST is not set, so there is no Pub/Sub to publish to' };
    try {
      const response = await fetch(`http://${host}/v1/${topicName}:publish`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ data, attributes }] }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(PUBLISH_DEADLINE_MS)]),
      });
      const text = await response.text();
      if (response.ok) return {};
      return { code: GRPC_CODES[response.status] ?? UNKNOWN, message: messageOf(text) || `HTTP ${response.status}` };
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') {
        return { code: DEADLINE_EXCEEDED, message: `Pub/Sub did not answer within ${PUBLISH_DEADLINE_MS / 1000} s` };
      }
      return { code: UNAVAILABLE, message: `Pub/Sub at ${host} cannot be reached: ${reason(error)}` };
    }
  };
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { error?: { message?: string } }).error?.message ?? '';
  } catch {
    return body.slice(0, 200);
  }
}

function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
}
