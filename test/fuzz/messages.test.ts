import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { functionNames, stages } from '../../pipelines/model/names.ts';
import { functionVariable } from '../../scripts/up/variables.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { until } from '../support/until.ts';
import { MESSAGES, type Push, pushes, type Request, requests } from './pushes.ts';
import { LIMIT_MS, runs } from './runs.ts';

/** A function that has not answered by then hangs: the work here takes milliseconds. */
const ANSWER_MS = 20_000;

let cloud: TestCloud;
let ended: Error | undefined;
let refusals = 0;
beforeAll(async () => {
  cloud = await startTestCloud({
    onFunctionLog: (line) => {
      if (line.includes('MESSAGE_MALFORMED')) refusals += 1;
    },
  });
  void cloud.died.then((reason) => {
    ended = reason;
  });
}, 60_000);

async function send(name: (typeof functionNames)[number], { body, headers }: Request): Promise<number> {
  const url = cloud.env[functionVariable(name)] ?? '';
  const init = {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers,
    signal: AbortSignal.timeout(ANSWER_MS),
  };
  const response = await fetch(url, init);
  await response.text();
  expect(ended).toBeUndefined();
  return response.status;
}

const isDone = (status: number): boolean => status >= 200 && status < 300;

let pushed = 0;
/** Under an id of its own. @returns the status, and the id that its dead letter is to have */
async function push(name: (typeof functionNames)[number], one: Push): Promise<{ status: number; id: string }> {
  const messageId = `fuzz-${(pushed += 1)}`;
  const body = JSON.stringify({ ...one, message: { ...one.message, messageId } });
  return { status: await send(name, { body, headers: { 'content-type': 'application/json' } }), id: messageId };
}

async function kept(): Promise<Set<string>> {
  const { rows } = await cloud.services.ledger.query<{ message_id: string }>('select message_id from dead_letter');
  return new Set(rows.map((row) => row.message_id));
}

/** @param sent what was acknowledged, by the id of its dead letter */
async function expectKept(sent: ReadonlyMap<string, unknown>): Promise<void> {
  const lost = new Map(sent);
  await until('the dead letters', async () => {
    for (const id of await kept()) lost.delete(id);
    return lost.size === 0 ? true : undefined;
  }).catch(() => undefined);
  expect([...lost]).toEqual([]);
}

test.each(stages)(
  '%s keeps what it acknowledges and cannot do, whatever a message holds',
  async (stage) => {
    const acknowledged = new Map<string, Push>();
    await fc.assert(
      fc.asyncProperty(pushes, async (one) => {
        const { status, id } = await push(stage, one);
        if (isDone(status)) acknowledged.set(id, one);
      }),
      runs(40),
    );
    expect(acknowledged.size).toBeGreaterThan(0);
    await expectKept(acknowledged);
  },
  LIMIT_MS,
);

test.each(stages)('%s keeps each message of ours that names what is not there', async (stage) => {
  const sent = new Map<string, unknown>();
  for (const message of MESSAGES) {
    const data = Buffer.from(JSON.stringify(message)).toString('base64');
    const { status, id } = await push(stage, {
      message: { data, messageId: '', publishTime: '2026-11-20T08:15:01Z' },
      subscription: 's',
    });
    expect(status).toBe(204);
    sent.set(id, message);
  }
  await expectKept(sent);
});

test(
  'notify keeps whatever Pub/Sub gives up',
  async () => {
    await fc.assert(
      fc.asyncProperty(pushes, async (one) => {
        const { status, id } = await push('notify', one);
        const { alirMessageId = id } = (one.message.attributes ?? {}) as { alirMessageId?: string };
        expect({ status, isKept: (await kept()).has(alirMessageId) }).toEqual({ status: 204, isKept: true });
      }),
      runs(40),
    );
  },
  LIMIT_MS,
);

test.each(functionNames)(
  '%s answers what is no push, and says so when it acknowledges that',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const before = refusals;
        const status = await send(name, request);
        expect(status).toBeGreaterThanOrEqual(200);
        // What notify takes for a letter it keeps.
        if (isDone(status) && name !== 'notify') {
          await until('a line of the log', () => Promise.resolve(refusals > before ? true : undefined), 5000);
        }
      }),
      runs(40),
    );
  },
  LIMIT_MS,
);

test('after all that, a run is what it always was', async () => {
  await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
});
