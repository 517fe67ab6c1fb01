import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { STORM_STEPS } from './engine/measures.ts';
import { mutantOfEach, mutants } from './mutants/all.ts';
import type { Mutant } from './mutants/mutant.ts';

export interface Arguments {
  readonly seeds: number;
  /** Undefined where the command line does not say. */
  readonly from?: number;
  /** With faults, in each seed. */
  readonly steps: number;
  /** The mutants that must be found; none runs the code as it is. */
  readonly mutants: readonly Mutant[];
  readonly jobs: number;
  readonly list: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Reads the command line; ends the process with what is wrong with it, and for --help. */
export function readArguments(argv: readonly string[]): Arguments {
  const command = new Command('npm run simulate --')
    .description(
      'Runs the chain under injected faults, one seed after another, and checks every promise of the design.',
    )
    .option('--seeds <n>', 'how many seeds', wholeNumber(1), 200)
    .option('--from <seed>', 'the first seed: 1, or for a mutant one that has found it before', wholeNumber(0))
    .option(
      '--steps <n>',
      'how long the faults last in each seed, in steps of its scheduler',
      wholeNumber(1),
      STORM_STEPS,
    )
    .option(
      '--mutant <name>',
      'breaks the code as the mutant says, and must find it; `all` tries every mutant, `each` one for each promise',
      mutantNamed,
    )
    .option('--jobs <n>', 'processes side by side', wholeNumber(1), Math.min(2, availableParallelism()))
    .option('--list', 'lists the mutants', false)
    .option('--json', 'prints one JSON document', false)
    .option('--verbose', 'prints every event of every seed', false)
    .helpOption('--help', 'says this')
    .allowExcessArguments(false)
    .parse([...argv], { from: 'user' });
  const { mutant = [], ...options } = command.opts<Omit<Arguments, 'mutants'> & { mutant?: readonly Mutant[] }>();
  return { ...options, mutants: mutant };
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
  };
}

function mutantNamed(name: string): readonly Mutant[] {
  if (name === 'all') return mutants;
  if (name === 'each') return mutantOfEach;
  const found = mutants.find((mutant) => mutant.name === name);
  if (found) return [found];
  throw new InvalidArgumentError(`There are: all, each, ${mutants.map((mutant) => mutant.name).join(', ')}.`);
}
