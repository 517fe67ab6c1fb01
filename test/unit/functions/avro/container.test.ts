import avro from 'avsc';
import { describe, expect, test } from '@jest/globals';
import { encodeContainer } from '../../../../functions/avro/container.ts';
import { avroType } from '../../../../functions/avro/type.ts';
import { type Contract, parseContract, readContract } from '../../../../schemas/contract.ts';
import { avroField, avroRecord, contractOf, TIMESTAMP } from '../../records.ts';
import { collect, decodeFile, inBatches } from './decode.ts';

const identity = 'library/rent/dt=2026-11-20/run=r/slice-00000.avro';

function chunks(contract: Contract, records: Iterable<unknown>, name = identity): AsyncGenerator<Buffer> {
  return encodeContainer(avroType(contract), inBatches(records), { schema: contract.avro, identity: name });
}

async function encode(contract: Contract, records: Iterable<unknown>, name = identity): Promise<Buffer> {
  return Buffer.concat(await collect(chunks(contract, records, name)));
}

const numbers = contractOf({ n: 'long' });
const texts = contractOf({ text: 'string' });
const many = (count: number, bytes: number): { text: string }[] =>
  Array.from({ length: count }, (_, index) => ({ text: String(index).padEnd(bytes, 'x') }));

describe('a container file', () => {
  test('holds the records that were written, in their order', async () => {
    const records = [{ n: 1n }, { n: -1n }, { n: 0n }];
    expect((await decodeFile(await encode(numbers, records))).records).toEqual(records);
  });

  test('of no records is valid: its header alone', async () => {
    const file = await encode(numbers, []);
    expect(file.subarray(0, 4)).toEqual(Buffer.from('Obj\x01', 'latin1'));
    expect(await decodeFile(file)).toEqual({ records: [], schema: JSON.stringify(numbers.avro), codec: 'deflate' });
  });

  test('keeps the schema word for word: docs, logical types, and what Avro does not know', async () => {
    const schema = {
      ...avroRecord({ ...avroField('at', TIMESTAMP), aliases: ['when'], 'x-source': 'clock' }),
      'x-owner': 'données',
    };
    const { schema: header } = await decodeFile(await encode(parseContract('a/b', schema), []));
    expect(JSON.parse(header)).toEqual(schema);
    expect(header).toContain('"logicalType":"timestamp-micros"');
    expect(header).toContain('"doc":"The at."');
  });

  test('of the same identity and records has the same bytes', async () => {
    const records = many(100, 5000);
    expect(await encode(texts, records)).toEqual(await encode(texts, records));
  });

  test('of another identity has another sync marker', async () => {
    expect(await encode(numbers, [{ n: 1n }], 'a')).not.toEqual(await encode(numbers, [{ n: 1n }], 'b'));
  });

  test('is read by plain avsc, which knows nothing of our types', async () => {
    const decoder = new avro.streams.BlockDecoder();
    decoder.end(await encode(numbers, [{ n: 1n }, { n: -4_000_000_000_000_001n }]));
    const records = (await collect(decoder)) as { n: unknown }[];
    expect(records.map(({ n }) => n)).toEqual([1, -4_000_000_000_000_001]);
  });

  test.each(['library/book', 'library/member', 'library/rent'])('can be written for %s', async (id) => {
    const contract = readContract(id);
    expect(JSON.parse((await decodeFile(await encode(contract, []))).schema)).toEqual(contract.avro);
  });
});

describe('long is exact', () => {
  const edges = [1, 6, 7, 13, 31, 32, 52, 53, 62].flatMap((bits) => [
    ...[2n ** BigInt(bits) - 1n, 2n ** BigInt(bits), 2n ** BigInt(bits) + 1n],
    ...[-(2n ** BigInt(bits)) - 1n, -(2n ** BigInt(bits)), 1n - 2n ** BigInt(bits)],
  ]);
  const values = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n) + 1n, ...edges];

  test('at the edges of every length, and at both ends', async () => {
    const { records } = await decodeFile(
      await encode(
        numbers,
        values.map((n) => ({ n })),
      ),
    );
    expect(records).toEqual(values.map((n) => ({ n })));
  });

  test('as Avro writes it: zigzag, then 7 bits to a byte', () => {
    const type = avroType(numbers);
    const zigzag = (n: bigint): Buffer => {
      const bytes: number[] = [];
      let rest = BigInt.asUintN(64, (n << 1n) ^ (n >> 63n));
      for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
      return Buffer.from([...bytes, Number(rest)]);
    };
    for (const n of values) expect(type.toBuffer({ n })).toEqual(zigzag(n));
  });

  test('a number, or more than 64 bits, is refused', () => {
    const type = avroType(numbers);
    expect(type.isValid({ n: 1 })).toBe(false);
    expect(type.isValid({ n: 2n ** 63n })).toBe(false);
    expect(type.isValid({ n: 2n ** 63n - 1n })).toBe(true);
  });
});

describe('blocks', () => {
  /** https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
  const readBlock = (block: Buffer): { count: number; bytes: number; sync: string } => {
    const long = avro.Type.forSchema('long');
    const count = long.decode(block);
    const size = long.decode(block, count.offset);
    expect(block.length).toBe(size.offset + Number(size.value) + 16);
    return { count: Number(count.value), bytes: Number(size.value), sync: block.subarray(-16).toString('hex') };
  };

  test('follow one another, each with its count, its size and the sync marker', async () => {
    const records = many(2000, 1000);
    const [header, ...blocks] = await collect(chunks(texts, records));
    const read = blocks.map(readBlock);
    expect(read.length).toBeGreaterThan(5);
    expect(read.reduce((sum, { count }) => sum + count, 0)).toBe(records.length);
    expect(new Set([...read.map(({ sync }) => sync), header?.subarray(-16).toString('hex')]).size).toBe(1);
    expect((await decodeFile(await encode(texts, records))).records).toEqual(records);
  });

  test.each([
    ['alone', many(1, 3_000_000)],
    ['between small ones', [...many(3, 10), ...many(1, 700_000), ...many(3, 10)]],
    ['twice, growing', [...many(1, 300_000), ...many(1, 2_000_000), ...many(5, 100_000)]],
    ['when a block is almost full', [...many(1, 262_100), ...many(2, 50)]],
    ['of exactly a block', many(3, 262_144 - 3)],
  ])('take a record that is larger than they are: %s', async (_, records) => {
    expect((await decodeFile(await encode(texts, records))).records).toEqual(records);
  });

  test('are yielded while records still come: memory holds one of them', async () => {
    let made = 0;
    function* records(): Generator<{ text: string }> {
      for (; made < 10_000; made += 1) yield { text: 'x'.repeat(1000) };
    }
    const file = chunks(texts, records());
    await file.next(); // the header
    expect(made).toBe(0);
    await file.next();
    expect(made).toBeGreaterThan(200);
    expect(made).toBeLessThan(300);
    await file.return(undefined);
    expect(made).toBeLessThan(300);
  });
});

test('an error of the source ends the file with that error, not with a shorter file', async () => {
  async function* broken(): AsyncGenerator<readonly unknown[]> {
    yield await Promise.resolve([{ n: 1n }]);
    throw new Error('the connection broke');
  }
  const file = encodeContainer(avroType(numbers), broken(), { schema: numbers.avro, identity });
  await expect(collect(file)).rejects.toThrow('the connection broke');
});
