import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { start } from '../../../emulators/pubsub/index.ts';
import { FileJournal } from '../../../emulators/pubsub/journal.ts';
import { JOURNAL_COMPACT_MIN_BYTES } from '../../../emulators/pubsub/limits.ts';
import { callJson, clientOf, type Json, type RunningPubSub, startPubSub } from './harness.ts';

let dataDir: string;
let running: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'alir-pubsub-'));
});
afterEach(async () => {
  await Promise.all(
    running.map(async (each) => {
      await each.stop();
    }),
  );
  running = [];
  await rm(dataDir, { recursive: true });
});

async function startKept(): Promise<RunningPubSub> {
  const pubsub = await startPubSub({ dataDir });
  running.push(pubsub);
  return pubsub;
}

type Call = RunningPubSub['call'];

async function pull(
  call: Call,
  subscription = 'sub-a',
): Promise<{ ackId: string; text: string; deliveryAttempt: unknown }[]> {
  const { body } = await call('POST', `/v1/projects/demo/subscriptions/${subscription}:pull`, {
    maxMessages: 1000,
    returnImmediately: true,
  });
  const received = (body['receivedMessages'] ?? []) as {
    ackId: string;
    message: { data: string };
    deliveryAttempt?: number;
  }[];
  return received.map(({ ackId, message, deliveryAttempt }) => ({
    ackId,
    text: Buffer.from(message.data, 'base64').toString(),
    deliveryAttempt,
  }));
}

async function acknowledge(call: Call, ackIds: readonly (string | undefined)[]): Promise<void> {
  await call('POST', '/v1/projects/demo/subscriptions/sub-a:acknowledge', { ackIds });
}

describe('a data folder', () => {
  test('keeps topics, subscriptions and what is not acknowledged', async () => {
    const first = await startKept();
    const [topic] = await first.client.createTopic('topic-a');
    await topic.setMetadata({ labels: { team: 'data' } });
    await topic.createSubscription('sub-a', {
      enableMessageOrdering: true,
      filter: 'attributes:keep',
      labels: { a: 'b' },
      retryPolicy: { minimumBackoff: { seconds: 1 } },
      pushConfig: {},
    });
    await topic.createSubscription('sub-b', { enableMessageOrdering: true });
    await topic.createSubscription('sub-gone');
    await first.client.subscription('sub-gone').delete();
    await first.client.createTopic('topic-gone');
    await first.client.topic('topic-gone').delete();
    for (const data of ['1', '2', '3']) {
      await topic.publishMessage({ data: Buffer.from(data), attributes: { keep: '' }, orderingKey: data });
    }
    await topic.publishMessage({ data: Buffer.from('dropped') });
    const taken = await pull(first.call);
    await acknowledge(first.call, [taken.find(({ text }) => text === '2')?.ackId]);
    const before = await first.call('GET', '/v1/projects/demo/subscriptions');
    await first.stop();

    const second = await startKept();
    expect(await second.call('GET', '/v1/projects/demo/subscriptions')).toEqual(before);
    expect((await second.call('GET', '/v1/projects/demo/topics')).body).toMatchObject({
      topics: [{ name: 'projects/demo/topics/topic-a', labels: { team: 'data' } }],
    });
    expect((await pull(second.call)).map(({ text }) => text)).toEqual(['1', '3']);
    const known = (await readFile(join(dataDir, 'journal.jsonl'), 'utf8')).match(/"messageId":"(\d+)"/g) ?? [];
    const id = await second.client.topic('topic-a').publishMessage({ data: Buffer.from('new') });
    expect(known.join()).not.toContain(`"${id}"`);
    expect(Number(id)).toBe(5);
    await second.stop();

    // The second start rewrote the journal; what one subscription acknowledged must not change the order of another.
    const third = await startKept();
    const kept = (await pull(third.call, 'sub-b')).map(({ text }) => text);
    expect(kept).toEqual(['1', '2', '3', 'dropped', 'new']);
  });

  test('keeps the count of failed attempts that a dead letter policy needs', async () => {
    const first = await startKept();
    const [topic] = await first.client.createTopic('topic-a');
    await topic.createSubscription('sub-a', {
      deadLetterPolicy: { deadLetterTopic: topic.name, maxDeliveryAttempts: 5 },
      retryPolicy: { minimumBackoff: { seconds: 0 } },
    });
    await topic.publishMessage({ data: Buffer.from('x') });
    const [taken] = await pull(first.call);
    const nack = { ackIds: [taken?.ackId], ackDeadlineSeconds: 0 };
    await first.call('POST', '/v1/projects/demo/subscriptions/sub-a:modifyAckDeadline', nack);
    await first.stop();

    const second = await startKept();
    expect(await pull(second.call)).toMatchObject([{ text: 'x', deliveryAttempt: 2 }]);
    // A delivery under way is no failure, not even when the journal is rewritten meanwhile.
    const [other] = await second.client.createTopic('topic-b');
    for (let n = 0; n < 9; n += 1) await other.publishMessage({ data: Buffer.alloc(JOURNAL_COMPACT_MIN_BYTES / 8) });
    await second.stop();
    const third = await startKept();
    expect(await pull(third.call)).toMatchObject([{ text: 'x', deliveryAttempt: 2 }]);
  });

  test('loses nothing that was answered when the process is killed', async () => {
    const { child, host } = await startProgram();
    const client = clientOf(host);
    const [topic] = await client.createTopic('topic-a');
    await topic.createSubscription('sub-a');
    const answered: string[] = [];
    const publishing = (async () => {
      for (let n = 0; ; n += 1) {
        const body = { messages: [{ data: Buffer.from(`${n}`).toString('base64') }] };
        if ((await callJson(host, 'POST', `/v1/${topic.name}:publish`, body)).status === 200) answered.push(`${n}`);
        if (answered.length === 200) child.kill('SIGKILL');
      }
    })();
    await expect(publishing).rejects.toThrow();
    await client.close();
    const { call } = await startKept();
    const kept = (await pull(call)).map(({ text }) => text);
    expect(answered.length).toBeGreaterThanOrEqual(200);
    expect(kept.slice(0, answered.length)).toEqual(answered);
  });

  test('whose last line was cut off is read up to it', async () => {
    const first = await startKept();
    await first.client.createTopic('topic-a');
    await first.stop();
    await appendFile(join(dataDir, 'journal.jsonl'), '{"type":"topic","topic":{"name":"projects/de');
    const second = await startKept();
    await second.client.createTopic('topic-b');
    await second.stop();
    const third = await startKept();
    expect((await third.call('GET', '/v1/projects/demo/topics')).body['topics']).toHaveLength(2);
  });

  test('with another line that cannot be read stops the start, naming it', async () => {
    await writeFile(join(dataDir, 'journal.jsonl'), '{"type":"nextMessageId","id":1}\nnonsense\n');
    await expect(start({ dataDir })).rejects.toThrow(/journal\.jsonl line 2 cannot be read/);
  });

  test('that cannot be written stops the start, naming it and the reason', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    const below = join(file, 'folder');
    await expect(start({ dataDir: below })).rejects.toThrow(`cannot write the data folder ${below}: ENOTDIR`);
  });

  test('that is full stops the start, naming it and the reason', async () => {
    await symlink('/dev/full', join(dataDir, 'journal.jsonl.new'));
    await expect(start({ dataDir })).rejects.toThrow(`cannot write the data folder ${dataDir}: ENOSPC`);
  });

  test('that fills up refuses what is new and changes nothing', async () => {
    await symlink('/dev/full', join(dataDir, 'journal.jsonl'));
    const journal = new FileJournal(dataDir);
    const topic = { name: 'projects/demo/topics/topic-a', labels: {} };
    expect(() => {
      journal.append([{ type: 'topic', topic }]);
    }).toThrow(
      expect.objectContaining({ status: 'FAILED_PRECONDITION', message: expect.stringContaining('ENOSPC') as unknown }),
    );
    journal.close();
  });

  test('does not grow for ever', async () => {
    const { client, call } = await startKept();
    const [topic] = await client.createTopic('topic-a');
    await topic.createSubscription('sub-a');
    const data = Buffer.alloc(JOURNAL_COMPACT_MIN_BYTES / 8);
    for (let n = 0; n < 10; n += 1) {
      await topic.publishMessage({ data });
      await acknowledge(
        call,
        (await pull(call)).map(({ ackId }) => ackId),
      );
    }
    expect((await stat(join(dataDir, 'journal.jsonl'))).size).toBeLessThan(JOURNAL_COMPACT_MIN_BYTES);
  });

  test('is emptied by a reset', async () => {
    const first = await startKept();
    await first.client.createTopic('topic-a');
    await first.call('POST', '/emulator/v1/reset');
    await first.stop();
    const second = await startKept();
    expect((await second.call('GET', '/v1/projects/demo/topics')).body).toEqual({});
  });
});

test('an occupied port is named', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const { port } = occupant.address() as AddressInfo;
  await expect(start({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is occupied`);
  occupant.close();
  await once(occupant, 'close');
});

test.each(['', 'nonsense', '-1'])('the backoff scale "%s" is refused', async (scale) => {
  await expect(start({ env: { PUBSUB_EMULATOR_BACKOFF_SCALE: scale } })).rejects.toThrow(
    /PUBSUB_EMULATOR_BACKOFF_SCALE/,
  );
});

test('stopping twice is stopping once', async () => {
  const emulator = await start();
  await Promise.all([emulator.stop(), emulator.stop()]);
});

/** The emulator as a process of its own, which can be killed. */
async function startProgram(): Promise<{ child: ChildProcess; host: string }> {
  const main = join(import.meta.dirname, '../../../emulators/pubsub/main.ts');
  const child = spawn(process.execPath, [main, '--data-dir', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { env } = JSON.parse(line) as { env: Json };
  return { child, host: String(env['PUBSUB_EMULATOR_HOST']) };
}
