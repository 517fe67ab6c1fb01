import { describe, expect, test } from '@jest/globals';
import { type LoadMessage, loadMessage, type Outgoing, outgoing } from '../../../../functions/messages/messages.ts';
import type { PubSubEvent } from '../../../../functions/runtime/delivery.ts';
import { TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';
import { handle, type StageDefinition } from '../../../../functions/runtime/handle.ts';
import { stubServices } from './stub-services.ts';

const PUBLISHED = '2026-11-20T09:15:01.000Z';
const work = { v: 1, kind: 'load', runId: 'library-20261120T091500Z', table: 'rent' } as const;

function push(data: unknown, attributes: Record<string, string> = {}): PubSubEvent {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  const message = { data: Buffer.from(text).toString('base64'), attributes, messageId: '1', publishTime: PUBLISHED };
  return { id: '1', time: PUBLISHED, data: { message } };
}

function stage(
  run: (message: LoadMessage) => Outgoing[] | Error,
): StageDefinition<LoadMessage> & { calls: LoadMessage[] } {
  const calls: LoadMessage[] = [];
  return {
    stage: 'load',
    clients: {},
    message: loadMessage,
    calls,
    async run(message) {
      calls.push(message);
      const outcome = run(message);
      return await (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome));
    },
  };
}

describe('work that is done', () => {
  test('is published before it is acknowledged', async () => {
    const { services, published, logged } = stubServices();
    const next = outgoing({ ...work, kind: 'audit' });
    const definition = stage(() => [next]);
    await handle(definition, push(work), services);
    expect(definition.calls).toEqual([work]);
    expect(published).toEqual([{ topic: 'alir-test-audit', data: JSON.stringify(next.message), attributes: {} }]);
    expect(logged).toMatchObject([
      { severity: 'INFO', message: 'load done', fields: { runId: work.runId, table: 'rent' } },
    ]);
  });

  test('publishes all of many', async () => {
    const { services, published } = stubServices();
    const slices = [0, 1, 2].map((slice) => outgoing({ ...work, kind: 'encode', slice }));
    await handle(
      stage(() => slices),
      push(work),
      services,
    );
    expect(published.map(({ data }) => JSON.parse(data) as unknown)).toEqual(slices.map(({ message }) => message));
  });

  test('is not acknowledged while the broker does not take what follows', async () => {
    const brokerDown = new TransientError('SERVICE_UNAVAILABLE', 'the broker is down');
    const { services } = stubServices({ brokerDown });
    await expect(
      handle(
        stage(() => [outgoing(work)]),
        push(work),
        services,
      ),
    ).rejects.toBe(brokerDown);
  });
});

describe('a transient error', () => {
  test.each<[string, Error]>([
    ['of ours', new TransientError('SERVICE_UNAVAILABLE', 'later')],
    ['of anybody', new TypeError('a bug may be deployed away')],
  ])('%s is thrown, so that Pub/Sub delivers again, and leaves no dead letter', async (_, error) => {
    const { services, published, logged } = stubServices();
    await expect(
      handle(
        stage(() => error),
        push(work),
        services,
      ),
    ).rejects.toBe(error);
    expect(published).toEqual([]);
    expect(logged).toMatchObject([{ severity: 'WARNING' }]);
  });
});

describe('an error that passes', () => {
  const later = new TransientError('SERVICE_UNAVAILABLE', 'later');
  const now = (): number => Date.parse(PUBLISHED) + 7200_000;

  test('is a terminal one once the message is too old', async () => {
    const { services, published, logged, statements } = stubServices();
    await handle(
      stage(() => later),
      push(work),
      services,
      { maxSeconds: 7199, now },
    );
    expect(published).toMatchObject([{ topic: 'alir-test-dead-letter', attributes: { alirCode: 'MESSAGE_EXPIRED' } }]);
    expect(statements).toContainEqual(
      expect.objectContaining({ values: expect.arrayContaining(['failed', 'terminal', 'MESSAGE_EXPIRED']) }),
    );
    expect(logged).toMatchObject([{ severity: 'ERROR', fields: { errorClass: 'terminal', code: 'MESSAGE_EXPIRED' } }]);
  });

  test('is thrown until then', async () => {
    const { services, published } = stubServices();
    const due = handle(
      stage(() => later),
      push(work),
      services,
      { maxSeconds: 7200, now },
    );
    await expect(due).rejects.toBe(later);
    expect(published).toEqual([]);
  });
});

describe('a terminal error', () => {
  const error = new TerminalError('AUDIT_FAILED', 'three rows are wrong');

  test('is recorded, dead-lettered with the message as it came, and acknowledged', async () => {
    const { services, published, logged, statements } = stubServices();
    await handle(
      stage(() => error),
      push(work, { origin: 'x' }),
      services,
    );
    expect(published).toEqual([
      {
        topic: 'alir-test-dead-letter',
        data: JSON.stringify(work),
        attributes: {
          origin: 'x',
          alirStage: 'load',
          alirMessageId: '1',
          alirCode: 'AUDIT_FAILED',
          alirReason: 'three rows are wrong',
          alirPublishTime: PUBLISHED,
        },
      },
    ]);
    expect(statements).toContainEqual(
      expect.objectContaining({ values: expect.arrayContaining([work.runId, 'rent', 'failed', error.message]) }),
    );
    expect(logged).toMatchObject([{ severity: 'ERROR', fields: { code: 'AUDIT_FAILED', runId: work.runId } }]);
  });

  test.each([
    ['ASCII', 'x'.repeat(5000), 1024],
    ['two bytes', 'é'.repeat(5000), 1024],
    ['three bytes', '…'.repeat(5000), 1023],
    ['four bytes', '🦆'.repeat(5000), 1024],
  ])('with a long reason fits into an attribute, without half a character: %s', async (_, reason, bytes) => {
    const { services, published } = stubServices();
    await handle(
      stage(() => new TerminalError('JOB_FAILED', reason)),
      push(work),
      services,
    );
    const kept = published[0]?.attributes['alirReason'] ?? '';
    expect(Buffer.byteLength(kept)).toBe(bytes);
    expect(reason.startsWith(kept)).toBe(true);
  });

  test('is not acknowledged while the ledger cannot record it; the letter is on its way by then', async () => {
    const ledgerDown = new Error('no ledger');
    const { services, published } = stubServices({ ledgerDown });
    await expect(
      handle(
        stage(() => error),
        push(work),
        services,
      ),
    ).rejects.toBe(ledgerDown);
    expect(published).toMatchObject([{ topic: 'alir-test-dead-letter', attributes: { alirMessageId: '1' } }]);
  });

  test('is not acknowledged while the dead letter cannot be kept', async () => {
    const brokerDown = new TransientError('SERVICE_UNAVAILABLE', 'the broker is down');
    const { services } = stubServices({ brokerDown });
    await expect(
      handle(
        stage(() => error),
        push(work),
        services,
      ),
    ).rejects.toBe(brokerDown);
  });
});

describe('a message that is malformed', () => {
  test.each([
    ['no JSON', '\u0000\u0001 not json'],
    ['nothing', ''],
    ['another version', JSON.stringify({ ...work, v: 9 })],
    ['the message of another stage', JSON.stringify({ ...work, kind: 'merge' })],
  ])('goes to the dead letter topic with its bytes, without a call of the stage: %s', async (_, text) => {
    const { services, published } = stubServices();
    const definition = stage(() => []);
    await handle(definition, push(text), services);
    expect(definition.calls).toEqual([]);
    expect(published).toMatchObject([
      { topic: 'alir-test-dead-letter', data: text, attributes: { alirCode: 'MESSAGE_MALFORMED' } },
    ]);
  });

  test('and is no Pub/Sub message at all is acknowledged and logged, for there is nothing to keep', async () => {
    const { services, published, logged } = stubServices();
    await handle(
      stage(() => []),
      { data: {} },
      services,
    );
    expect(published).toEqual([]);
    expect(logged).toMatchObject([{ severity: 'ERROR', fields: { code: 'MESSAGE_MALFORMED' } }]);
  });
});

describe('a tick that cannot be done', () => {
  const tickStage = { ...stage(() => []), message: loadMessage };

  test('fails the run that it stands for', async () => {
    const { services, statements } = stubServices();
    await handle(tickStage, push({ v: 1, kind: 'tick', pipeline: 'library' }), services);
    const inserted = statements.find(({ sql }) => sql === 'insert into run');
    expect(inserted?.values[0]).toBe('library-20261120T091500Z');
    expect(statements.some(({ values }) => values.includes('failed'))).toBe(true);
  });

  test('of a pipeline that is not deployed stands for no run; the dead letter is its record', async () => {
    const { services, statements, published } = stubServices();
    await handle(tickStage, push({ v: 1, kind: 'tick', pipeline: 'nope' }), services);
    expect(statements).toEqual([]);
    expect(published).toHaveLength(1);
  });
});
