import { describeError } from '../../functions/runtime/errors.ts';
import type { Arguments } from './arguments.ts';
import type { Mutant } from './mutants/mutant.ts';
import type { SeedResult } from './worker.ts';
import { onServers, startWorker } from './workers.ts';

type Options = Pick<Arguments, 'seeds' | 'from' | 'steps' | 'verbose'> & {
  /** Of Postgres; one for each process. */
  readonly servers: readonly string[];
};

/** Runs the code as it is; tells of each seed when it is over. @returns those that found something, by seed */
export async function runSeeds(options: Options, tell: (result: SeedResult) => void): Promise<SeedResult[]> {
  const { seeds, from = 1, steps, verbose, servers } = options;
  const left = Array.from({ length: seeds }, (_, index) => from + index);
  const found: SeedResult[] = [];
  const hands = servers.slice(0, seeds).map((_, index) => index);
  await onServers(servers, hands, async (_, server) => {
    let worker = await startWorker({ server, steps, verbose });
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      // A seed that ends its process has found something too; the others go on in another one.
      const ended = async (error: unknown): Promise<SeedResult> => {
        worker = await startWorker({ server, steps, verbose });
        return { seed, events: 0, failure: describeError(error) };
      };
      const result = await worker.run(seed).catch(ended);
      tell(result);
      if (result.violation || result.failure !== undefined) found.push(result);
    }
    await worker.end();
  });
  return found.sort((a, b) => a.seed - b.seed);
}

export interface Hunt {
  readonly mutant: string;
  /** Seeds that were run. */
  readonly seeds: number;
  /** The seed that found it, by a promise that the mutant breaks. */
  readonly foundBy?: SeedResult;
  /** Seeds that could not be run, or that broke another promise; the first of them. */
  readonly strange?: SeedResult;
}

/** Runs seeds until each mutant is found; tells of each mutant when its hunt is over. */
export async function huntMutants(
  mutants: readonly Mutant[],
  options: Options,
  tell: (hunt: Hunt) => void,
): Promise<Hunt[]> {
  const hunts: Hunt[] = [];
  await onServers(options.servers, mutants, async (mutant, server) => {
    const found = await hunt(mutant, server, options);
    tell(found);
    hunts.push(found);
  });
  return hunts;
}

async function hunt(
  mutant: Mutant,
  server: string,
  { seeds, from = mutant.seed ?? 1, steps, verbose }: Omit<Options, 'servers'>,
): Promise<Hunt> {
  const worker = await startWorker({ server, mutant: mutant.name, steps, verbose });
  const promises = [mutant.breaks, ...(mutant.alsoFoundBy ?? [])];
  let strange: SeedResult | undefined;
  try {
    for (let seed = from; seed < from + seeds; seed += 1) {
      const result = await worker.run(seed);
      const done = { mutant: mutant.name, seeds: seed - from + 1, ...(strange ? { strange } : {}) };
      if (result.violation && promises.includes(result.violation.invariant)) return { ...done, foundBy: result };
      if (result.violation || result.failure !== undefined) strange ??= result;
    }
    return { mutant: mutant.name, seeds, ...(strange ? { strange } : {}) };
  } finally {
    await worker.end();
  }
}
