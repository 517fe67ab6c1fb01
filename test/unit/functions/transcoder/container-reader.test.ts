import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compress } from 'snappyjs';
import { TerminalError } from '../../../../functions/runtime/errors.ts';
import { Block } from '../../../../functions/transcoder/block.ts';
import type { CodecName } from '../../../../functions/transcoder/codecs.ts';
import { Container } from '../../../../functions/transcoder/container.ts';
import { ContainerReader } from '../../../../functions/transcoder/container-reader.ts';
import { Input } from '../../../../functions/transcoder/input.ts';
import { compilePlan } from '../../../../functions/transcoder/plan.ts';
import { decompressSnappy } from '../../../../functions/transcoder/snappy-decompress.ts';
import { compileBack, Tuples } from '../../../../functions/transcoder/tuples.ts';
import { contractOf } from '../../records.ts';
import { columns, row } from './copy-bytes.ts';
import { piecesOf } from './pieces-of.ts';

const CODECS: readonly CodecName[] = ['null', 'deflate', 'snappy', 'zstandard'];
const contract = contractOf({ text: 'string' });
const fields = compileBack(compilePlan(contract, 'things', columns({ text: 'text' })), 'things');

async function fileOf(codec: CodecName, texts: readonly string[]): Promise<Buffer> {
  const container = new Container({ schema: contract.avro, identity: 'a', codec, blockBytes: 1000 });
  const parts = [container.header()];
  for (const text of texts) {
    const block = container.newBlock();
    block.reserve(text.length + 20);
    block.writeAscii(text);
    parts.push(await container.close(block, 1));
  }
  return Buffer.concat(parts);
}

/** The rows in the file, as Postgres would get them. */
async function decode(file: Buffer, sizes: readonly number[]): Promise<Buffer> {
  const reader = new ContainerReader(piecesOf(file, sizes));
  expect(await reader.header()).toEqual(contract.avro);
  const tuples = new Tuples(fields, 1_000_000);
  const out = new Block(1000);
  for await (const { records, data } of reader.blocks()) {
    const input = new Input(data);
    tuples.write(input, records, out);
    tuples.endBlock(input);
  }
  return Buffer.from(out.bytes.subarray(0, out.at));
}

describe.each(CODECS)('a file in %s', (codec) => {
  const texts = ['', 'a', 'a longer text, '.repeat(20)];
  const rows = Buffer.concat(texts.map((text) => row(Buffer.from(text))));

  test('is read in pieces of any size', async () => {
    const file = await fileOf(codec, texts);
    for (const size of [1, 2, 7, 100, file.length]) expect(await decode(file, [size])).toEqual(rows);
    expect(await decode(await fileOf(codec, []), [1])).toEqual(Buffer.alloc(0));
  });

  test('is broken wherever it is cut, but between two blocks', async () => {
    const file = await fileOf(codec, texts);
    const marker = file.subarray(-16);
    let whole = 0;
    for (let end = 0; end < file.length; end++) {
      const found = file.subarray(0, end);
      if (end >= 16 && found.subarray(-16).equals(marker)) whole += 1;
      else await expect(decode(found, [1000])).rejects.toThrow(TerminalError);
    }
    expect(whole).toBe(texts.length);
  });

  test('with a byte that is another one ends, and in an error of ours or in other rows', async () => {
    const file = await fileOf(codec, texts);
    const start = (await fileOf(codec, [])).length;
    const place = fc.integer({ min: start, max: file.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const other = Buffer.from(file);
        other.writeUInt8(other.readUInt8(at) ^ flip, at);
        await decode(other, [1000]).catch((error: unknown) => {
          if (!(error instanceof TerminalError)) throw error;
        });
      }),
      { numRuns: 100 },
    );
  });
});

test('a snappy block whose data are others than its checksum says is refused', async () => {
  const file = await fileOf('snappy', ['some text']);
  const at = file.indexOf('some text');
  file.write('same', at, 'latin1');
  await expect(decode(file, [1000])).rejects.toThrow('its checksum is another one');
});

test('what would fill the memory is refused', async () => {
  const bomb = await fileOf('zstandard', ['x'.repeat(65 * 1024 * 1024)]);
  expect(bomb.length).toBeLessThan(100_000);
  await expect(decode(bomb, [1000])).rejects.toThrow('cannot be decompressed');
});

describe('snappy', () => {
  test('gives back what snappyjs compressed', () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(Buffer.alloc(500, 1), Buffer.from('abc')),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 30 }), (chunks) => {
        const data = Buffer.concat(chunks);
        expect(decompressSnappy(compress(data), data.length)).toEqual(data);
      }),
    );
    const long = Buffer.concat(Array.from({ length: 30_000 }, (_, index) => Buffer.from(`${index % 1000} `)));
    expect(decompressSnappy(compress(long), long.length).equals(long)).toBe(true);
  });

  test('ends on whatever else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
        try {
          expect(decompressSnappy(data, 1000).length).toBeLessThanOrEqual(1000);
        } catch (error) {
          expect(error).toBeInstanceOf(TerminalError);
        }
      }),
    );
    // A literal of 2^32 bytes, which as an int of 32 bits would lead back to its own tag.
    expect(() => decompressSnappy(Buffer.from('0afcfaffffff', 'hex'), 100)).toThrow(TerminalError);
  });
});
