import { Command, Option } from 'commander';
import { describeError } from '../../functions/runtime/errors.ts';
import { compareDecoders, type DecodeOptions } from './decode-compare.ts';
import { checkTogether, positiveInteger, postgresAddress, tableName } from './options.ts';
import { formatReport } from './report.ts';

const program = new Command('bench:decode')
  .description('How fast an Avro file becomes rows of a table, beside psql copying the same rows from COPY BINARY.')
  .addOption(
    new Option('--rows <n>', 'rows of the generated table')
      .argParser(positiveInteger)
      .default(2_000_000)
      .conflicts('table'),
  )
  .addOption(new Option('--rounds <n>', 'how often all take their turn').argParser(positiveInteger).default(5))
  .addOption(new Option('--table <schema.name>', 'a table that is there; needs --url').argParser(tableName))
  .addOption(new Option('--url <postgres://…>', 'where the table is').argParser(postgresAddress))
  .option('--json', 'one JSON document')
  .action(async (options: DecodeOptions) => {
    checkTogether(options);
    const report = await compareDecoders(options);
    process.stdout.write(`${options.json ? JSON.stringify(report) : formatReport(report)}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
