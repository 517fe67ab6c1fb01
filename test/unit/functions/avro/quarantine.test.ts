import { describe, expect, test } from '@jest/globals';
import { openQuarantine, type Quarantine } from '../../../../functions/avro/quarantine.ts';
import { ruleOf } from '../../../../functions/quarantine/reasons.ts';
import type { Rejection } from '../../../../functions/transcoder/rows.ts';
import { memoryBucket, type MemoryBucket } from './memory-bucket.ts';

const object = 'p/t/dt=2026-11-20/run=r/slice-00000.jsonl';
const rejection = (id: string, name: string | null, position: number, reason: string): Rejection => ({
  position,
  reason,
  values: { id, name },
  bytes: Buffer.from([0, position]),
});
const open = (bucket: MemoryBucket, left?: string): Quarantine =>
  openQuarantine(async () => await Promise.resolve(bucket), object, { runId: 'r', left });
const linesOf = (bucket: MemoryBucket): unknown[] =>
  (bucket.objects.get(object)?.text ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('quarantine', () => {
  test('of a clean slice opens no bucket and leaves no object', async () => {
    const quarantine = openQuarantine(
      () => {
        throw new Error('nobody needs a bucket');
      },
      object,
      { runId: 'r' },
    );
    expect(await quarantine.close()).toBe(0);
    await quarantine.abort();
  });

  test('keeps the row as Postgres prints and as it sent it, with reason, position and run', async () => {
    const bucket = memoryBucket();
    const quarantine = open(bucket);
    await quarantine.add(rejection('1', null, 3, 'field "name": null'));
    await quarantine.add(rejection('infinity', 'a\n"b" 🦆', 9, 'field "id": no'));
    expect(await quarantine.close()).toBe(2);
    expect(linesOf(bucket)).toEqual([
      { runId: 'r', position: 3, reason: 'field "name": null', row: { id: '1', name: null }, bytes: 'AAM=' },
      { runId: 'r', position: 9, reason: 'field "id": no', row: { id: 'infinity', name: 'a\n"b" 🦆' }, bytes: 'AAk=' },
    ]);
    expect(bucket.objects.get(object)?.contentType).toBe('application/x-ndjson');
  });

  test('writes over what an attempt before this one left', async () => {
    const bucket = memoryBucket();
    for (const attempt of [1, 2]) {
      const quarantine = open(bucket);
      await quarantine.add(rejection(String(attempt), 'x', 0, 'no'));
      await quarantine.close();
    }
    expect(linesOf(bucket)).toMatchObject([{ row: { id: '2' } }]);
  });

  test.each([
    ['found the same rows bad', ['2']],
    ['found every row well', []],
  ])('is written once: who was overtaken by an attempt that %s writes nothing', async (_, ids) => {
    const bucket = memoryBucket();
    const overtaken = open(bucket);
    await overtaken.add(rejection('1', 'x', 0, 'no'));
    const quarantine = open(bucket, await bucket.generationOf(object));
    for (const id of ids) await quarantine.add(rejection(id, 'x', 0, 'no'));
    expect(await quarantine.close()).toBe(ids.length);
    await expect(overtaken.close()).rejects.toThrow('generation is 1');
    expect(linesOf(bucket)).toMatchObject(ids.map((id) => ({ row: { id } })));
  });

  test('of an attempt that slept while another wrote takes nothing away', async () => {
    const bucket = memoryBucket();
    const asleep = open(bucket, await bucket.generationOf(object));
    const quarantine = open(bucket, await bucket.generationOf(object));
    await quarantine.add(rejection('2', 'x', 0, 'no'));
    await quarantine.close();
    await expect(asleep.close()).rejects.toThrow('generation is 1');
    expect(linesOf(bucket)).toMatchObject([{ row: { id: '2' } }]);
  });

  test('takes more than memory should hold, and says how many', async () => {
    const bucket = memoryBucket();
    const quarantine = open(bucket);
    for (let row = 0; row < 2000; row += 1) await quarantine.add(rejection(String(row), 'x'.repeat(500), row, 'no'));
    expect(await quarantine.close()).toBe(2000);
    expect(linesOf(bucket)).toHaveLength(2000);
  });

  test.each([0, 1])(
    'that cannot be stored fails the slice, and blocks nobody (after %i chunks)',
    async (afterChunks) => {
      const quarantine = open(memoryBucket({ failure: { error: new Error('no space'), afterChunks } }));
      let added = 0;
      const addMany = async (): Promise<void> => {
        for (; added < 1000; added += 1) await quarantine.add(rejection(String(added), 'x'.repeat(5000), added, 'no'));
      };
      await expect(addMany()).rejects.toThrow('no space');
      expect(added).toBeLessThan(100);
      await expect(quarantine.close()).rejects.toThrow('no space');
      await quarantine.abort();
    },
  );

  test('that is given up leaves no object', async () => {
    const bucket = memoryBucket();
    const quarantine = open(bucket);
    await quarantine.add(rejection('1', 'a', 0, 'no'));
    await quarantine.abort();
    expect(bucket.objects.size).toBe(0);
  });

  test('that is given up while its bucket is being opened begins no upload', async () => {
    const bucket = memoryBucket();
    const opened = Promise.withResolvers<MemoryBucket>();
    const quarantine = openQuarantine(async () => await opened.promise, object, { runId: 'r' });
    const added = quarantine.add(rejection('1', 'a', 0, 'no'));
    await quarantine.abort();
    opened.resolve(bucket);
    await expect(added).rejects.toThrow('the slice failed');
    expect(bucket.objects.size).toBe(0);
  });

  test('that is given up before anybody reads it ends nothing but itself', async () => {
    let begin: (value?: unknown) => void = () => undefined;
    const bucket = memoryBucket({ begin: new Promise((resolve) => (begin = resolve)) });
    const quarantine = open(bucket);
    await quarantine.add(rejection('1', 'a', 0, 'no'));
    const aborted = quarantine.abort();
    await new Promise((resolve) => setImmediate(resolve));
    begin();
    await aborted;
    expect(bucket.objects.size).toBe(0);
  });
});

describe('a slice that is bad from end to end', () => {
  test('warns of no leak: 100,000 rejected rows, into a bucket that is slower than they come', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => {
      warnings.push(warning);
    };
    process.on('warning', listen);
    const bucket = memoryBucket();
    const quarantine = open(bucket);
    for (let row = 0; row < 100_000; row += 1) await quarantine.add(rejection(String(row), 'x'.repeat(200), row, 'no'));
    expect(await quarantine.close()).toBe(100_000);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warnings).toEqual([]);
    expect(bucket.objects.get(object)?.text.match(/\n/g)).toHaveLength(100_000);
  });
});

describe('the reasons', () => {
  test('are counted by rule, the most frequent first, each with the first reason in full', async () => {
    const quarantine = open(memoryBucket());
    const reason = (day: string) => `field "name": ${day} is outside of BigQuery (years 0001 to 9999, finite)`;
    await quarantine.add(rejection('1', null, 0, 'field "name": null, and the contract does not allow it'));
    for (const [row, day] of ['infinity', '-infinity', '99999-01-01'].entries())
      await quarantine.add(rejection(String(row), day, row, reason(day)));
    await quarantine.close();
    expect(quarantine.reasons()).toEqual([
      { rule: reason('…'), rows: 3, example: reason('infinity') },
      {
        rule: 'field "name": null, and the contract does not allow it',
        rows: 1,
        example: 'field "name": null, and the contract does not allow it',
      },
    ]);
  });

  test('are twenty at most, and the rest', async () => {
    const quarantine = open(memoryBucket());
    for (let row = 0; row < 30; row += 1)
      await quarantine.add(rejection('1', 'v', row, `field "name": no ${String.fromCodePoint(97 + row)}`));
    await quarantine.close();
    expect(quarantine.reasons()).toHaveLength(21);
    expect(quarantine.reasons()[0]).toEqual({ rule: 'other reasons', rows: 10, example: 'field "name": no u' });
  });

  test.each([
    ['a quoted value', 'field "name": "a is b" is no uuid', 'a is b', 'field "name": … is no uuid'],
    [
      'a number that is not the value',
      'field "name": element 3 is null',
      '{1,2,NULL}',
      'field "name": element … is null',
    ],
    ['numbers, where there is no field', 'row 17 is odd', null, 'row … is odd'],
    ['nothing, where the value is only a part of a word', 'field "name": not so', 'no', 'field "name": not so'],
  ])('lose %s', (_, reason, name, rule) => {
    expect(ruleOf({ reason, values: { name } })).toBe(rule);
  });
});
