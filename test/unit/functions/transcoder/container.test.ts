import { crc32 } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Block } from '../../../../functions/transcoder/block.ts';
import { type CodecName, COMPRESSORS } from '../../../../functions/transcoder/codecs.ts';
import { Container } from '../../../../functions/transcoder/container.ts';
import { contractOf } from '../../records.ts';
import { decodeFile } from './decode.ts';

const contract = contractOf({ n: 'int', text: 'string' });
const NAMES: readonly CodecName[] = ['null', ...(Object.keys(COMPRESSORS) as CodecName[])];

function write(block: Block, n: number, text: string): void {
  block.reserve(text.length + 20);
  block.writeInt(n);
  block.writeAscii(text);
}

async function fileOf(codec: CodecName, texts: readonly string[], identity = 'a', blockBytes = 1000): Promise<Buffer> {
  const container = new Container({ schema: contract.avro, identity, codec, blockBytes });
  const parts = [container.header()];
  for (const [n, text] of texts.entries()) {
    const block = container.newBlock();
    write(block, n, text);
    parts.push(await container.close(block, 1));
  }
  return Buffer.concat(parts);
}

describe.each(NAMES)('a container file in %s', (codec) => {
  const texts = ['', 'a', 'b'.repeat(200), Array.from({ length: 50_000 }, (_, index) => index).join(' ')];

  test('holds what was written', async () => {
    const { records, ...file } = await decodeFile(await fileOf(codec, texts));
    expect(records).toEqual(texts.map((text, n) => ({ n, text })));
    expect(file).toEqual({ codec, schema: JSON.stringify(contract.avro), blocks: texts.length });
  });

  test('is its header alone without records', async () => {
    expect(await decodeFile(await fileOf(codec, []))).toMatchObject({ records: [], codec });
  });

  test('has the same bytes for the same identity and records, and another marker for another', async () => {
    const file = await fileOf(codec, texts);
    expect(await fileOf(codec, texts)).toEqual(file);
    const other = await fileOf(codec, texts, 'b');
    expect(other.length).toBe(file.length);
    expect(other.subarray(-16)).not.toEqual(file.subarray(-16));
    expect(file.indexOf(file.subarray(-16))).toBe((await fileOf(codec, [])).length - 16);
  });

  test('takes blocks side by side, each in memory of its own', async () => {
    const container = new Container({ schema: contract.avro, identity: 'a', codec, blockBytes: 100 });
    const closed = ['x', 'y', 'z'].map(async (letter, n) => {
      const block = container.newBlock();
      write(block, n, letter.repeat(90));
      return await container.close(block, 1);
    });
    const file = Buffer.concat([container.header(), ...(await Promise.all(closed))]);
    expect((await decodeFile(file)).records).toEqual(
      ['x', 'y', 'z'].map((letter, n) => ({ n, text: letter.repeat(90) })),
    );
  });
});

test('a block that is full to its last byte has room for the marker', async () => {
  const container = new Container({ schema: contract.avro, identity: 'a', codec: 'null', blockBytes: 1000 });
  const block = container.newBlock();
  const text = 'x'.repeat(block.bytes.length - block.at - 3);
  block.writeInt(7);
  block.writeAscii(text);
  expect(block.at).toBe(block.bytes.length);
  const file = Buffer.concat([container.header(), await container.close(block, 1)]);
  expect((await decodeFile(file)).records).toEqual([{ n: 7, text }]);
});

test('a block comes back when it is compressed, and to one only', async () => {
  const container = new Container({ schema: contract.avro, identity: 'a', codec: 'zstandard', blockBytes: 1000 });
  const block = container.newBlock();
  write(block, 1, 'one');
  await container.close(block, 1);
  expect(container.newBlock()).toBe(block);
  expect(container.newBlock()).not.toBe(block);
});

test('a snappy block ends with the checksum of what was compressed', async () => {
  const data = Buffer.from('some data, some data');
  const compressor = COMPRESSORS.snappy();
  const compressed = await compressor.compress(data);
  compressor.close();
  expect(compressed.readUInt32BE(compressed.length - 4)).toBe(crc32(data));
});

test('compressed files are smaller', async () => {
  const texts = ['abc '.repeat(5000)];
  const plain = (await fileOf('null', texts)).length;
  for (const name of NAMES.slice(1)) expect((await fileOf(name, texts)).length).toBeLessThan(plain / 5);
});
