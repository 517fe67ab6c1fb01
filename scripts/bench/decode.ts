import { benchmark, runBenchmark } from './command.ts';
import { compareDecoders } from './decode-compare.ts';

/** `npm run bench:decode` */
const command = benchmark(
  'bench:decode',
  'How fast an Avro file becomes rows of a table, beside psql copying the same rows from COPY BINARY.',
);
await runBenchmark(command, compareDecoders);
