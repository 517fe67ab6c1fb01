import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DeadLettersOptions } from './commands/dead-letters.ts';
import { parseSince } from './commands/filter.ts';
import type { QuarantineOptions } from './commands/quarantine.ts';
import type { QuarantineReplayOptions } from './commands/quarantine-replay.ts';
import type { ShowOptions } from './commands/quarantine-show.ts';
import type { ReplayOptions } from './commands/replay.ts';

interface Program {
  readonly program: Command;
  /** Ends the process with a code. */
  readonly finish: (code: number) => void;
  readonly positiveInteger: (text: string) => number;
}

function since(text: string): Date {
  try {
    return parseSince(text, new Date());
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

const sinceOption = (): Option =>
  new Option('--since <when>', 'not older: 30m, 2h, 7d, or an instant').argParser(since);

/** The commands for what could not be done: docs/when-something-fails.md. */
export function addMending(program: Program): void {
  addLetters(program);
  addQuarantine(program);
}

const limit = ({ positiveInteger }: Program, what: string): Option =>
  new Option('--limit <n>', `how many ${what}`).argParser(positiveInteger).default(20);

function addLetters(to: Program): void {
  const { program, finish } = to;
  const letters = program
    .command('dead-letters')
    .enablePositionalOptions()
    .description('The messages that no function could do, and what became of them.')
    .option('--pipeline <pipeline>', 'only of this pipeline')
    .option('--table <table>', 'only of this table, as in the dataset')
    .addOption(sinceOption())
    .addOption(limit(to, 'letters'))
    .option('--json', 'as JSON')
    .action(async (options: DeadLettersOptions) => {
      finish(await (await import('./commands/dead-letters.ts')).deadLetters(options));
    });
  letters
    .command('show')
    .description('Everything about one letter, with its attributes and its bytes.')
    .argument('<id>', 'as alir dead-letters lists it')
    .option('--json', 'as JSON')
    .action(async (id: string, options: { readonly json?: boolean }) => {
      finish(await (await import('./commands/dead-letters.ts')).showDeadLetter(id, options));
    });

  program
    .command('replay')
    .description('Does the work of dead letters, once what stopped it is mended: a new run, or the event again.')
    .argument('[ids...]', 'as alir dead-letters lists them')
    .option('--all', 'every letter that waits, and of which no later run has done the work')
    .option('--pipeline <pipeline>', 'of all, only this pipeline')
    .option('--table <table>', 'of all, only this table, as in the dataset')
    .addOption(sinceOption())
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--again', 'even what was replayed already')
    .option('--wait', 'wait until the runs are over; the exit code says how they ended')
    .action(async (ids: string[], options: ReplayOptions) => {
      finish(await (await import('./commands/replay.ts')).replay(ids, options));
    });
}

function addQuarantine(to: Program): void {
  const { program, finish } = to;
  const quarantine = program
    .command('quarantine')
    .enablePositionalOptions()
    .description('The rows that broke their contract: how many, why, and what became of them.')
    .option('--pipeline <pipeline>', 'only of this pipeline')
    .option('--table <table>', 'only of this table, as in the dataset')
    .option('--run <run>', 'only of this run')
    .addOption(sinceOption())
    .addOption(limit(to, 'table runs'))
    .option('--json', 'as JSON')
    .action(async (options: QuarantineOptions) => {
      finish(await (await import('./commands/quarantine.ts')).quarantine(options));
    });
  quarantine
    .command('show')
    .description('The rows themselves, with their values and the reason.')
    .argument('<run/table>', 'a table run, or an object of the quarantine bucket')
    .addOption(limit(to, 'rows'))
    .option('--json', 'as they are stored: one JSON object per row')
    .action(async (target: string, options: ShowOptions) => {
      finish(await (await import('./commands/quarantine-show.ts')).showQuarantined(target, options));
    });
  quarantine
    .command('replay')
    .description('Reads the rows again, by their keys, as they are in the source now. The cursor stays where it is.')
    .requiredOption('--pipeline <pipeline>', 'its name')
    .requiredOption('--table <table>', 'the table')
    .option('--run <run>', 'only what this run rejected')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--again', 'even what was replayed already')
    .option('--wait', 'wait until the run is over; the exit code says how it ended')
    .action(async (options: QuarantineReplayOptions) => {
      finish(await (await import('./commands/quarantine-replay.ts')).replayQuarantined(options));
    });
}
