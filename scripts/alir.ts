import { DEFAULT_PROFILE, profileNames } from '../pipelines/model/profiles.ts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeError } from '../functions/runtime/errors.ts';
import { check, type CheckOptions } from './commands/check.ts';
import type { CostOptions } from './commands/cost.ts';
import type { QueryOptions } from './commands/query.ts';
import type { RunOptions } from './commands/run.ts';
import type { StartOptions } from './commands/start.ts';
import type { StatusOptions } from './commands/status.ts';
import type { UpOptions } from './commands/up.ts';
import { addMending } from './mending.ts';

/**
 * The command line. Every command is a function from its arguments to an exit code; what it throws is printed in one
 * line, without a stack, and ends the process with 1. Commands are imported when they are called: `--help` is quick.
 */
const program = new Command('alir')
  .description('Serverless data pipelines on Google Cloud, and the same on a laptop.')
  // What comes after the name of a command is that command's own, and of one inside it the inner one's.
  .enablePositionalOptions()
  .showHelpAfterError('(alir --help lists the commands and their options)')
  .showSuggestionAfterError();

/** A number of rows, runs … */
function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError(`${text} is not a whole number above 0`);
}

/** A share of the rows. */
function share(text: string): number {
  const [, number, percent] = /^(\d{1,3}(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  const value = Number(number) / (percent === '%' ? 100 : 1);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError(`${text} is no share; write 40% or 0.4, and 100% for all`);
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

program
  .command('start')
  .description('The main job: local cloud up, every pipeline once, the final tables checked against their sources.')
  .option('--data <dir>', 'keep the state in this folder; a second start moves only what is new')
  .option('--json', 'print one JSON document on stdout; progress goes to stderr')
  .action(async (options: StartOptions) => {
    finish(await (await import('./commands/start.ts')).start(options));
  });

program
  .command('up')
  .description('Starts the local cloud with functions and schedules, and keeps it until Ctrl-C.')
  .option('--data <dir>', 'keep the state in this folder between starts')
  .option('--fast', 'an hour passes in five seconds')
  .option('--write-env <file>', 'where to write the variables that a shell can source')
  .addOption(
    new Option('--port <part=port>', 'a fixed port for a part; may be repeated')
      .argParser(collect)
      .default([], 'free ports'),
  )
  .action(async (options: UpOptions) => {
    finish(await (await import('./commands/up.ts')).up(options));
  });

program
  .command('run')
  .description('Triggers a pipeline now.')
  .argument('<pipeline>', 'its name, as in pipelines/<name>.yaml')
  .addOption(
    new Option('--table <table>', 'only this table; may be repeated').argParser(collect).default([], 'all tables'),
  )
  .option('--deletes', 'find rows that are gone from the source, and move nothing')
  .addOption(
    new Option('--accept <share>', 'how many of the live rows --deletes may let go, e.g. 40%').argParser(share),
  )
  .option('--wait', 'wait until the run is over; the exit code says how it ended')
  .action(async (pipeline: string, options: RunOptions) => {
    finish(await (await import('./commands/run.ts')).run(pipeline, options));
  });

program
  .command('status')
  .description('The newest runs, or one run with its tables, counts and checks.')
  .argument('[run]', 'a run id')
  .addOption(new Option('--limit <n>', 'how many runs').argParser(positiveInteger).default(20))
  .option('--json', 'as JSON')
  .action(async (runId: string | undefined, options: StatusOptions) => {
    finish(await (await import('./commands/status.ts')).status(runId, options));
  });

addMending({ program, finish, positiveInteger });

program
  .command('query')
  .description('Runs GoogleSQL in the warehouse.')
  .argument('<sql>', 'e.g. "SELECT COUNT(*) FROM library.rent"')
  .option('--json', 'one JSON object per row')
  .action(async (sql: string, options: QueryOptions) => {
    finish(await (await import('./commands/query.ts')).query(sql, options));
  });

program
  .command('check')
  .description('Validates the pipelines and the contracts they name.')
  .option('--pipelines <dir>', 'folder of the YAML files')
  .option('--schemas <dir>', 'folder of the Avro schemas')
  .action((options: CheckOptions) => {
    finish(check(options));
  });

program
  .command('cost')
  .description('Estimates the monthly bill from the plan, stated volumes and list prices.')
  .argument('[pipelines...]', 'only these; all of them when none is named')
  .addOption(
    new Option('--rows <table=n>', 'rows that a run reads, e.g. library.rent=50000; may be repeated')
      .argParser(collect)
      .default([], 'what generators write, or else assumed'),
  )
  .option('--volumes <file>', 'YAML with the same, and more, for each table')
  .option('--region <region>', 'where the functions run', 'us-central1')
  .option('--location <location>', 'where buckets and datasets lie; by default US, EU or the region')
  .addOption(
    new Option('--profile <profile>', 'which Postgres: see --postgres').choices(profileNames).default(DEFAULT_PROFILE),
  )
  .option('--postgres <tier>', 'a tier of Cloud SQL other than the profile\'s, or "existing"')
  .option('--json', 'one JSON document, with assumptions and prices')
  .option('--pipelines <dir>', 'folder of the YAML files')
  .option('--schemas <dir>', 'folder of the Avro schemas')
  .action(async (pipelines: string[], options: CostOptions) => {
    finish((await import('./commands/cost.ts')).cost(pipelines, options));
  });

/** Ends the process even if a client of Google's keeps a socket or a timer. */
function finish(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.exit(code));
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  finish(1);
}
