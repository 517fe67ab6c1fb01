import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';
import { contractOf } from '../../records.ts';
import { columns, copyOf, HEADER, int16, int32, row, SIGNATURE, TRAILER, type } from './copy-bytes.ts';
import { decodeFile } from './decode.ts';
import { encode, type Encoded } from './encode.ts';

const contract = contractOf({ id: 'int', name: ['null', 'string'] });
const table = columns({ id: 'int4', name: 'text' });
const good = row(int32(1), Buffer.from('one'));
const two = row(int32(2), null);

async function records(stream: Buffer, options = {}): Promise<unknown> {
  const { file } = await encode(contract, table, stream, options);
  return (await decodeFile(file)).records;
}
const both = [
  { id: 1, name: { string: 'one' } },
  { id: 2, name: null },
];

describe('a COPY stream is read', () => {
  test('in one piece', async () => {
    expect(await records(copyOf(good, two))).toEqual(both);
  });

  test.each(Array.from({ length: 40 }, (_, index) => index + 1))('in pieces of %d bytes', async (size) => {
    expect(await records(copyOf(good, two), { size })).toEqual(both);
  });

  test('with a header that is longer than we know', async () => {
    const header = Buffer.concat([SIGNATURE, int32(1), int32(5), Buffer.from('extra')]);
    const stream = Buffer.concat([header, good, two, TRAILER]);
    expect(await records(stream)).toEqual(both);
    expect(await records(stream, { size: 1 })).toEqual(both);
  });

  test('without rows', async () => {
    expect(await records(copyOf())).toEqual([]);
  });

  test('with rows that are longer than a chunk and than a block', async () => {
    const names = ['', 'x'.repeat(300_000), 'y', 'z'.repeat(70_000)];
    const stream = copyOf(...names.map((name, id) => row(int32(id), Buffer.from(name))));
    for (const size of [1000, 65_536, stream.length])
      expect(await records(stream, { size })).toEqual(names.map((name, id) => ({ id, name: { string: name } })));
  });
});

describe('a COPY stream is refused, whole and in single bytes,', () => {
  const header = (flags: number, extension = 0): Buffer => Buffer.concat([SIGNATURE, int32(flags), int32(extension)]);
  test.each([
    ['when it is empty', Buffer.alloc(0), 'ends after 0 rows without its trailer'],
    ['when it ends in its header', HEADER.subarray(0, 12), 'without its trailer'],
    ['when it ends before its trailer', Buffer.concat([HEADER, good]), 'ends after 1 rows without its trailer'],
    ['when it ends in the trailer', copyOf(good).subarray(0, -1), 'without its trailer'],
    ['when it ends in a row', copyOf(good, good).subarray(0, -7), 'ends after 1 rows'],
    [
      'when it has another signature',
      Buffer.concat([Buffer.from('PGCOPY\n\xfe\r\n\0', 'latin1'), HEADER.subarray(11)]),
      'does not begin with PGCOPY',
    ],
    ['when it is text', Buffer.from('1\tone\n2\t\\N\n3\tthree\n4\tfour\n'), 'does not begin with PGCOPY'],
    ['when it has OIDs', Buffer.concat([header(1 << 16), good, TRAILER]), 'flags 0x10000 are unknown'],
    ['when its header is absurd', header(0, 0x7fff_ffff), 'longer than any'],
    ['when a row has fewer columns', copyOf(good, row(int32(1))), 'row 1 has 1 columns, not 2'],
    ['when a row has more columns', copyOf(row(int32(1), null, null)), 'row 0 has 3 columns, not 2'],
    ['when a row has -2 columns', Buffer.concat([HEADER, int16(-2)]), 'row 0 has -2 columns'],
    ['when a length is negative', Buffer.concat([HEADER, int16(2), int32(-2), good]), '-2 bytes'],
    ['when an int4 has 3 bytes', copyOf(row(Buffer.alloc(3), null)), 'a int4 of 3 bytes, not 4'],
    ['when something follows the trailer', Buffer.concat([copyOf(good), good]), 'after the trailer'],
  ])('%s', async (_, stream, message) => {
    for (const size of [Math.max(stream.length, 1), 1]) {
      const refused = encode(contract, table, stream, { size });
      await expect(refused).rejects.toThrow(TransientError);
      await expect(encode(contract, table, stream, { size })).rejects.toThrow(message);
    }
  });

  test('when a row is longer than 64 MB, long before it is in memory', async () => {
    const begun = Buffer.concat([HEADER, int16(2), int32(4), int32(1), int32(0x4000_0000), Buffer.alloc(100)]);
    await expect(encode(contract, table, begun)).rejects.toThrow(TerminalError);
    await expect(encode(contract, table, begun)).rejects.toThrow('row 0 of the slice has more than 67108864 bytes');
  });
});

describe('whatever the bytes are', () => {
  const wide = contractOf({
    id: 'long',
    price: ['null', { type: 'bytes', logicalType: 'decimal', precision: 40, scale: 3 }],
    tags: { type: 'array', items: 'string' },
    ip: 'string',
    doc: { type: 'string', sqlType: 'JSON' },
    span: 'string',
    part: { type: 'record', name: 'Part', fields: [{ name: 'a', type: ['null', 'int'], doc: 'a' }] },
  });
  const source = columns({
    id: 'int8',
    price: 'numeric',
    tags: type('_text', { element: type('text') }),
    ip: 'inet',
    doc: 'jsonb',
    span: 'interval',
    part: type('part', { attributes: columns({ a: 'int4' }) }),
  });
  const line = row(
    Buffer.alloc(8, 3),
    Buffer.concat([int16(2), int16(1), int16(0), int16(2), int16(12), int16(3400)]),
    Buffer.concat([
      int32(1),
      int32(0),
      int32(25),
      int32(2),
      int32(1),
      int32(1),
      Buffer.from('a'),
      int32(2),
      Buffer.from('bc'),
    ]),
    Buffer.from([2, 32, 0, 4, 127, 0, 0, 1]),
    Buffer.from('\x01{"a":1}'),
    Buffer.alloc(16, 1),
    Buffer.concat([int32(1), int32(23), int32(4), int32(7)]),
  );
  const stream = copyOf(line, line, line);
  const rowsOf = async (bytes: Buffer, size: number): Promise<Encoded | Error> =>
    await encode(wide, source, bytes, { size }).catch((error: unknown) => error as Error);

  test('the stream as it was is fine', async () => {
    expect(await rowsOf(stream, stream.length)).toMatchObject({ rows: 3, rejections: [] });
  });

  test('cut anywhere, it is refused', async () => {
    for (let length = 0; length < stream.length; length++)
      expect(await rowsOf(stream.subarray(0, length), 50)).toBeInstanceOf(TransientError);
  });

  test('changed anywhere, it is refused by name, or it is rows; and in pieces it is the same', async () => {
    const change = fc.record({ at: fc.nat(stream.length - 1), to: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(stream);
        for (const { at, to } of changes) bytes[at] = to;
        const whole = await rowsOf(bytes, bytes.length);
        const pieces = await rowsOf(bytes, 3);
        if (whole instanceof Error) {
          expect(['TransientError', 'TerminalError']).toContain(whole.name);
          expect(pieces).toBeInstanceOf(Error);
        } else {
          expect(pieces).toEqual(whole);
          expect((await decodeFile(whole.file)).records).toHaveLength(whole.rows - whole.rejections.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});
