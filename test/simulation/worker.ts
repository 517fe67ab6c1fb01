import { mutants } from './mutants/all.ts';
import type { Mutant } from './mutants/mutant.ts';
import { installHooks } from './world/hooks.ts';

/** What a worker is told, and what it answers. */
export interface WorkerOptions {
  readonly server: string;
  readonly mutant?: string;
  /** With faults, in each seed. */
  readonly steps: number;
  readonly verbose: boolean;
}
export type Order = { readonly seed: number } | 'end';
export interface SeedResult {
  readonly seed: number;
  readonly events: number;
  /** Undefined where every promise was kept. */
  readonly violation?: { readonly invariant: number; readonly message: string; readonly lastEvents: readonly string[] };
  /** What the simulation itself could not do; undefined where it came to its end. */
  readonly failure?: string;
}

/** Events before a violation that tell what led to it. */
const LAST_EVENTS = 40;

const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const mutant: Mutant | undefined = mutants.find(({ name }) => name === options.mutant);
installHooks(mutant);
// What the hooks change has to be imported after them.
const { openStage } = await import('./world/world.ts');
const { Simulation } = await import('./engine/simulation.ts');
const { Trace } = await import('./engine/trace.ts');
const { Violation } = await import('./invariants/invariant.ts');

const unheard: unknown[] = [];
process.on('unhandledRejection', (error) => {
  unheard.push(error);
});

const stage = await openStage(options.server);

async function runSeed(seed: number): Promise<SeedResult> {
  const follow = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const trace = new Trace(options.verbose ? follow : undefined);
  unheard.length = 0;
  try {
    await new Simulation(stage, seed, trace, options.steps).run();
    if (unheard.length > 0) throw unheard[0];
    return { seed, events: trace.lines.length };
  } catch (error) {
    const done = { seed, events: trace.lines.length };
    if (!(error instanceof Violation))
      return { ...done, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    const { invariant, message, about = '' } = error;
    const lastEvents = trace.lines.filter((line) => line.includes(about)).slice(-LAST_EVENTS);
    return { ...done, violation: { invariant, message, lastEvents } };
  }
}

// Without its parent nobody hears it.
process.on('disconnect', () => process.exit());

let last = Promise.resolve();
process.on('message', (order: Order) => {
  last = last.then(async () => {
    if (order === 'end') {
      await stage.close();
      process.disconnect();
    } else process.send?.(await runSeed(order.seed));
  });
});
process.send?.('ready');
