import { join } from 'node:path';
import { sliceCondition } from '../../functions/sources/range.ts';
import type { CodecName } from '../../functions/transcoder/codecs.ts';
import type { RunTask } from './processes.ts';
import type { Section } from './report.ts';
import { type Contender, takeTurns } from './rounds.ts';
import { BENCH_RANGE } from './table.ts';
import type { Measure, Task, WayName } from './task.ts';

const CODECS: readonly CodecName[] = ['null', 'zstandard', 'snappy', 'deflate'];
/** What JSON lines are compressed with too. */
const SHARED_CODECS: readonly CodecName[] = ['null', 'zstandard'];
const SLICES = [1, 2, 4];

/** What every part needs to know. */
export interface Bench {
  /** What all tasks have in common. */
  readonly source: Pick<Task, 'url' | 'table' | 'contract'>;
  readonly rows: number;
  readonly rounds: number;
  readonly folder: string;
  readonly run: RunTask;
  /** Postgres' own best; of some of the rows, when a condition is given. */
  readonly limit: (source: Bench['source'], where?: string) => Promise<Measure>;
  readonly limitName: string;
}

/** Every codec against the limit, against rows through avsc, and against JSON lines. */
export async function compareEncoders(bench: Bench): Promise<Section> {
  const { source, run, rows, rounds } = bench;
  const child = (way: WayName, codec: CodecName, rival?: string): Contender => ({
    way: `${way}, ${codec}`,
    ...(rival === undefined ? {} : { rival: `${rival}, ${codec}` }),
    measure: async () => await run({ ...source, way, codec }),
  });
  const contenders = [
    limitOf(bench),
    ...CODECS.map((codec) => child('transcoder', codec, 'cursor + avsc')),
    ...CODECS.map((codec) => child('cursor + avsc', codec)),
    ...SHARED_CODECS.map((codec) => child('JSON lines', codec)),
  ];
  const note = 'of a table; the first is the limit, the rival is the cursor under the same codec';
  return { title: 'Encoding', note, outcomes: await takeTurns(contenders, rows, rounds) };
}

/** The same rows as files of Avro and of JSON lines: how large they are, and how long it takes to have objects again. */
export async function compareReaders(bench: Bench): Promise<Section> {
  const { source, run, rows, rounds, folder } = bench;
  const contenders: Contender[] = [];
  for (const [name, writer, way] of [
    ['JSON lines', 'JSON lines', 'read JSON lines'],
    ['Avro', 'transcoder', 'read Avro'],
  ] as const) {
    for (const codec of SHARED_CODECS) {
      const file = join(folder, `${name}.${codec}`);
      await run({ ...source, way: writer, codec, file });
      contenders.push({
        way: `${name}, ${codec}`,
        ...(name === 'Avro' ? { rival: `JSON lines, ${codec}` } : {}),
        measure: async () => await run({ ...source, way, codec, file }),
      });
    }
  }
  const note = 'a file into objects; the rival is JSON lines under the same codec';
  return { title: 'Reading', note, outcomes: await takeTurns(contenders, rows, rounds) };
}

/** The whole path of `encode`: into the bucket, while Postgres sends. */
export async function compareBucket(bench: Bench, storage: NonNullable<Task['storage']>): Promise<Section> {
  const { source, run, rows, rounds } = bench;
  const contenders = SHARED_CODECS.map((codec): Contender => ({
    way: `into the bucket, ${codec}`,
    measure: async () => await run({ ...source, way: 'bucket', codec, storage }),
  }));
  const outcomes = await takeTurns([limitOf(bench), ...contenders], rows, rounds);
  return { title: 'Into the bucket', note: 'with precondition and CRC32C; the emulator shares the machine', outcomes };
}

/** One table by several processes at once, as the instances of `encode` do; the limit is given as many connections. */
export async function compareSlices(bench: Bench, blocks: number): Promise<Section> {
  const { source, run, limit, limitName, rows, rounds } = bench;
  const contenders = SLICES.flatMap((slices): Contender[] => {
    const conditions = Array.from({ length: slices }, (_, slice) => sliceOf(slice, slices, blocks));
    const together = async (work: (where: string) => Promise<Measure>): Promise<Measure> =>
      combine(await Promise.all(conditions.map(work)));
    const rival = `${slices} × ${limitName}`;
    return [
      { way: rival, measure: async () => await together(async (where) => await limit(source, where)) },
      {
        way: `${slices} × transcoder, zstandard`,
        rival,
        measure: async () =>
          await together(async (where) => await run({ ...source, way: 'transcoder', codec: 'zstandard', where })),
      },
    ];
  });
  const note = 'by ranges of blocks; the rival is the limit with as many connections, peaks are of one process';
  return { title: 'Slices at once', note, outcomes: await takeTurns(contenders, rows, rounds) };
}

/** Memory beside tables of other sizes, of the transcoder and of all that `encode` does. `rows` of each outcome is its table's. */
export async function compareMemory(
  bench: Bench,
  storage: NonNullable<Task['storage']>,
  tables: ReadonlyMap<number, Bench['source']>,
): Promise<Section> {
  const outcomes = [];
  for (const [rows, source] of tables) {
    const contenders: Contender[] = [
      limitOf({ ...bench, source }),
      ...SHARED_CODECS.map((codec) => ({
        way: codec,
        measure: async () => await bench.run({ ...source, way: 'transcoder', codec }),
      })),
      {
        way: 'zstandard, into the bucket',
        measure: async () => await bench.run({ ...source, way: 'bucket', codec: 'zstandard', storage }),
      },
    ];
    const named = contenders.map((each) => ({ ...each, way: `${rows.toLocaleString('en-US')} rows, ${each.way}` }));
    outcomes.push(...(await takeTurns(named, rows, bench.rounds)));
  }
  return { title: 'Memory', note: 'the first is the limit for the same size', outcomes };
}

function limitOf({ source, limit, limitName }: Bench): Contender {
  return { way: limitName, measure: async () => await limit(source) };
}

/** The last range is open, as the planner makes it. */
function sliceOf(slice: number, slices: number, blocks: number): string {
  const border = (of: number): number => Math.floor((blocks * of) / slices);
  const toBlock = slice + 1 < slices ? { toBlock: border(slice + 1) } : {};
  return sliceCondition(BENCH_RANGE, { fromBlock: border(slice), ...toBlock, file: '' });
}

/** From the first that began to the last that ended. */
function combine(measures: readonly Measure[]): Measure {
  const sum = (of: (one: Measure) => number): number => measures.reduce((total, one) => total + of(one), 0);
  const span = [
    Math.min(...measures.map((one) => one.span[0])),
    Math.max(...measures.map((one) => one.span[1])),
  ] as const;
  return {
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
    seconds: (span[1] - span[0]) / 1000,
    span,
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    peakMb: Math.max(...measures.map(({ peakMb }) => peakMb)),
    processSeconds: Math.max(...measures.map(({ processSeconds }) => processSeconds)),
  };
}
