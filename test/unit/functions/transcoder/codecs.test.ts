import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { uncompress } from 'snappyjs';
import { COMPRESSORS } from '../../../../functions/transcoder/codecs.ts';
import { decompress } from '../../../../functions/transcoder/decompress.ts';
import { compressSnappy, snappyAtMost } from '../../../../functions/transcoder/snappy-compress.ts';
import { decompressSnappy } from '../../../../functions/transcoder/snappy-decompress.ts';

const NAMES = ['deflate', 'snappy', 'zstandard'] as const;
/** From nothing to more than the output of several pieces, from zeros to what cannot be compressed. */
const block = fc
  .record({ size: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 700_000 })), random: fc.boolean(), seed: fc.nat() })
  .map(({ size, random, seed }) => {
    const bytes = Buffer.alloc(size);
    let state = seed | 1;
    for (let at = 0; random && at < size; at++) bytes[at] = (state = Math.imul(state, 48_271) >>> 0) >>> 16;
    return bytes;
  });

const snappy = (data: Uint8Array): Buffer => {
  const out = Buffer.alloc(snappyAtMost(data.length));
  return out.subarray(0, compressSnappy(data, out));
};

describe.each(NAMES)('%s', (name) => {
  test('gives every block back, however many are under way at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 6 }), async (blocks) => {
        const compressor = COMPRESSORS[name]();
        const compressed = await Promise.all(blocks.map(async (bytes) => await compressor.compress(bytes)));
        const back = await Promise.all(compressed.map(async (bytes) => await decompress(name, bytes)));
        compressor.close();
        for (const [index, bytes] of blocks.entries()) expect(back[index]?.equals(bytes)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('fails what is under way, and what comes after, when it is closed', async () => {
    const compressor = COMPRESSORS[name]();
    const under = compressor.compress(Buffer.alloc(1_000_000, 1));
    const waiting = compressor.compress(Buffer.alloc(1_000_000, 2));
    compressor.close();
    if (name === 'deflate') return await Promise.all([under, waiting]);
    await expect(waiting).rejects.toThrow();
    await expect(compressor.compress(Buffer.alloc(10))).rejects.toThrow();
    return await under.catch(() => undefined);
  });
});

test.each(NAMES)('%s keeps a process that waits for a block and for nothing else, and ends with it', (name) => {
  const codecs = join(import.meta.dirname, '../../../../functions/transcoder/codecs.ts');
  const program = `
    const { COMPRESSORS } = await import(${JSON.stringify(codecs)});
    const blocks = [Buffer.alloc(300_000, 1), Buffer.alloc(300_000, 2)];
    const compressor = COMPRESSORS.${name}();
    const compressed = await Promise.all(blocks.map((block) => compressor.compress(block)));
    console.log(compressed.every(({ length }) => length > 0));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'true\n', stderr: '' });
});

describe('snappy', () => {
  test("is the format's: another implementation reads it, whatever the bytes", () => {
    fc.assert(
      fc.property(
        // What repeats near and far, over the border of a fragment, and what does not.
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 6 })), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.array(fc.record({ part: fc.nat(), times: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 3000 })) }), {
          maxLength: 12,
        }),
        (parts, repeated) => {
          const pieces = repeated.flatMap(({ part, times }) =>
            Array<Uint8Array>(times).fill(parts[part % parts.length] ?? new Uint8Array()),
          );
          const data = Buffer.concat([...parts, ...pieces]);
          const compressed = snappy(data);
          expect(Buffer.from(uncompress(compressed)).equals(data)).toBe(true);
          expect(decompressSnappy(compressed, data.length).equals(data)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('what cannot be compressed grows by little', () => {
    const data = randomBytes(1_000_000);
    const compressed = snappy(data);
    expect(compressed.length).toBeLessThan(data.length * 1.001);
    expect(Buffer.from(uncompress(compressed)).equals(data)).toBe(true);
  });
});

describe('zstandard', () => {
  test('makes every block a frame of its own, with its size', async () => {
    const compressor = COMPRESSORS.zstandard();
    const texts = ['first '.repeat(100), 'second '.repeat(100)];
    for (const text of texts) {
      const frame = await compressor.compress(Buffer.from(text));
      expect(frame.readUInt32LE()).toBe(0xfd2fb528);
      // RFC 8878: the first two bits of the descriptor say that the content's size follows; zero and no single segment would say none.
      expect(frame.readUInt8(4) >>> 5).toBeGreaterThan(0);
      expect(zstdDecompressSync(frame).toString()).toBe(text);
    }
    compressor.close();
  });
});
