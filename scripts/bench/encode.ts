import { Option } from 'commander';
import { benchmark, runBenchmark } from './command.ts';
import { compare } from './compare.ts';
import { PARTS, positiveIntegers } from './options.ts';

/** `npm run bench:encode` */
const command = benchmark(
  'bench:encode',
  'How fast a table becomes Avro, beside what Postgres can send at all (psql copying to nowhere), the usual way (rows ' +
    'through a cursor, avsc) and JSON lines. docs/wire-speed.md says how to read it.',
  [
    new Option('--only <part...>', 'only these').choices(PARTS).default(PARTS, PARTS.join(', ')),
    new Option('--memory <rows,rows…>', 'also the memory at these sizes, e.g. 1000000,5000000,20000000')
      .argParser(positiveIntegers)
      .conflicts('table'),
  ],
);
await runBenchmark(command, compare);
