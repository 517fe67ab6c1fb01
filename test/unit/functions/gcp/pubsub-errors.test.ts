import { describe, expect, test } from '@jest/globals';
import { asAlirError } from '../../../../functions/gcp/pubsub-errors.ts';

const google = (code: number | string | undefined): Error => Object.assign(new Error('from Google'), { code });

/** https://cloud.google.com/pubsub/docs/reference/error-codes, by https://grpc.io/docs/guides/status-codes/ */
const TO_BE_RETRIED = {
  CANCELLED: 1,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
};
const NOT_TO_BE_RETRIED = {
  INVALID_ARGUMENT: [3, 'RESOURCE_MISSING'],
  NOT_FOUND: [5, 'RESOURCE_MISSING'],
  ALREADY_EXISTS: [6, 'RESOURCE_MISSING'],
  PERMISSION_DENIED: [7, 'ACCESS_DENIED'],
  FAILED_PRECONDITION: [9, 'ACCESS_DENIED'],
  OUT_OF_RANGE: [11, 'RESOURCE_MISSING'],
  UNIMPLEMENTED: [12, 'RESOURCE_MISSING'],
  DATA_LOSS: [15, 'RESOURCE_MISSING'],
  UNAUTHENTICATED: [16, 'ACCESS_DENIED'],
} as const;

describe("Pub/Sub's error", () => {
  test.each(Object.entries(TO_BE_RETRIED))('%s is transient', (_, code) => {
    expect(asAlirError('load', google(code))).toMatchObject({
      name: 'TransientError',
      code: 'SERVICE_UNAVAILABLE',
      message: 'publishing to load failed: from Google',
    });
  });

  test.each(Object.entries(NOT_TO_BE_RETRIED))('%s is terminal', (_, [code, ours]) => {
    const cause = google(code);
    expect(asAlirError('load', cause)).toMatchObject({ name: 'TerminalError', code: ours, cause });
  });

  test('of a topic that is not there says so', () => {
    expect(asAlirError('load', google(5)).message).toMatch(
      /^topic load does not exist; provision the environment again/,
    );
    expect(asAlirError('load', google(7)).message).toMatch(/^topic load may not be published to; provision/);
  });

  test('of the network is transient', () => {
    expect(asAlirError('load', google('ECONNREFUSED'))).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  test.each([undefined, 0, 99, 'ESTRANGE'])('%s, which nobody knows, may be tried again', (code) => {
    expect(asAlirError('load', google(code))).toMatchObject({ name: 'TransientError', code: 'UNCLASSIFIED' });
  });
});
