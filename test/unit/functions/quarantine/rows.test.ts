import { describe, expect, test } from '@jest/globals';
import { openQuarantine, type QuarantinedRow } from '../../../../functions/avro/quarantine.ts';
import { readQuarantined } from '../../../../functions/quarantine/rows.ts';
import { memoryBucket, type MemoryBucket } from '../avro/memory-bucket.ts';

const object = 'p/t/dt=2026-11-20/run=r/slice-00000.jsonl';

async function read(bucket: MemoryBucket): Promise<QuarantinedRow[]> {
  const rows: QuarantinedRow[] = [];
  for await (const row of readQuarantined(bucket, object)) rows.push(row);
  return rows;
}

function holding(text: string): MemoryBucket {
  const bucket = memoryBucket();
  bucket.objects.set(object, { text, generation: 1, contentType: 'application/x-ndjson' });
  return bucket;
}

describe('the rows of an object', () => {
  test('are read as they were written, wherever the pieces end', async () => {
    const bucket = memoryBucket();
    const quarantine = openQuarantine(async () => await Promise.resolve(bucket), object, { runId: 'r' });
    const names = ['', 'née 🦊'.repeat(40), 'a\nb', 'x'.repeat(1000), '{"row":1}'];
    for (const [position, name] of names.entries())
      await quarantine.add({ position, reason: 'no', values: { id: String(position), name }, bytes: Buffer.alloc(3) });
    await quarantine.close();
    expect(await read(bucket)).toEqual(
      names.map((name, position) => {
        return { runId: 'r', position, reason: 'no', row: { id: String(position), name }, bytes: 'AAAA' };
      }),
    );
  });

  test('are none of an empty one', async () => {
    expect(await read(holding(''))).toEqual([]);
  });

  test.each([
    ['gone', memoryBucket(), /^gs:\/\/memory\/p\/t\/.*\.jsonl is gone, and what was in it cannot be known$/],
    ['no JSON', holding('{"runId":"r","row":{}}\nhello\n'), /\.jsonl, line 2: this is no row that Alir put into/],
    ['cut off', holding('{"runId":"r","row":{}}\n{"runId"'), /line 2: this is no row/],
    ['null', holding('null\n'), /line 1: this is no row/],
    ['something else', holding('{"runId":"r"}\n'), /line 1: this is no row/],
  ])('cannot be told of one that is %s', async (_, bucket, message) => {
    await expect(read(bucket)).rejects.toMatchObject({
      code: 'RESOURCE_MISSING',
      message: expect.stringMatching(message),
    });
  });
});
