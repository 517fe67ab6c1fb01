import { Command, Option } from 'commander';
import { describeError } from '../../functions/runtime/errors.ts';
import { checkTogether, type EncodeOptions, positiveInteger, postgresAddress, tableName } from './options.ts';
import { formatReport, type Report } from './report.ts';

/** A benchmark's command line: the options that all of them have, and its own. */
export function benchmark(name: string, description: string, own: readonly Option[] = []): Command {
  const rows = new Option('--rows <n>', 'rows of the generated table').argParser(positiveInteger).default(2_000_000);
  const command = new Command(name)
    .description(description)
    .addOption(rows.conflicts('table'))
    .addOption(new Option('--rounds <n>', 'how often all take their turn').argParser(positiveInteger).default(5));
  for (const option of own) command.addOption(option);
  return command
    .addOption(new Option('--table <schema.name>', 'a table that is there; needs --url').argParser(tableName))
    .addOption(new Option('--url <postgres://…>', 'where the table is').argParser(postgresAddress))
    .option('--json', 'one JSON document')
    .showHelpAfterError(`(npm run ${name} -- --help lists the options)`);
}

/** Runs it, and prints its report, or what went wrong. */
export async function runBenchmark(
  command: Command,
  compare: (options: EncodeOptions) => Promise<Report>,
): Promise<void> {
  command.action(async (options: EncodeOptions) => {
    checkTogether(options);
    const report = await compare(options);
    process.stdout.write(`${options.json ? JSON.stringify(report) : formatReport(report)}\n`);
  });
  try {
    await command.parseAsync();
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 1;
  }
}
