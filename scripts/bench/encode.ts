import { Command, Option } from 'commander';
import { describeError } from '../../functions/runtime/errors.ts';
import { compare } from './compare.ts';
import {
  checkTogether,
  type EncodeOptions,
  PARTS,
  positiveInteger,
  positiveIntegers,
  postgresAddress,
  tableName,
} from './options.ts';
import { formatReport } from './report.ts';

/** `npm run bench:encode` */
const program = new Command('bench:encode')
  .description(
    'How fast a table becomes Avro, beside what Postgres can send at all (psql copying to nowhere), the usual way (rows ' +
      'through a cursor, avsc) and JSON lines. docs/wire-speed.md says how to read it.',
  )
  .addOption(
    new Option('--rows <n>', 'rows of the generated table')
      .argParser(positiveInteger)
      .default(2_000_000)
      .conflicts('table'),
  )
  .addOption(new Option('--rounds <n>', 'how often all take their turn').argParser(positiveInteger).default(5))
  .addOption(new Option('--only <part...>', 'only these').choices(PARTS).default(PARTS, PARTS.join(', ')))
  .addOption(
    new Option('--memory <rows,rows…>', 'also the memory at these sizes, e.g. 1000000,5000000,20000000')
      .argParser(positiveIntegers)
      .conflicts('table'),
  )
  .addOption(new Option('--table <schema.name>', 'a table that is there; needs --url').argParser(tableName))
  .addOption(new Option('--url <postgres://…>', 'where the table is').argParser(postgresAddress))
  .option('--json', 'one JSON document')
  .showHelpAfterError('(npm run bench:encode -- --help lists the options)')
  .action(async (options: EncodeOptions) => {
    checkTogether(options);
    const report = await compare(options);
    process.stdout.write(`${options.json ? JSON.stringify(report) : formatReport(report)}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
