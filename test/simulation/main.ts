import { start } from '../../emulators/postgres/index.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { STORM_STEPS } from './engine/measures.ts';
import { type Hunt, huntMutants, runSeeds } from './campaign.ts';
import { execute } from './world/databases.ts';
import { mutants } from './mutants/all.ts';
import type { SeedResult } from './worker.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(given: Arguments): Promise<boolean> {
  if (given.list) {
    for (const { name, breaks, why } of mutants) print(`${name.padEnd(34)} breaks ${breaks}: ${why}`);
    return true;
  }
  const { urls, stop } = await openServers(Math.min(given.jobs, given.mutants.length || given.seeds));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(1)));
  }
  try {
    const options = { ...given, servers: urls };
    return given.mutants.length > 0 ? await hunt(options) : await check(options);
  } finally {
    await stop();
  }
}

type Options = Arguments & { readonly servers: readonly string[] };

async function check(options: Options): Promise<boolean> {
  const { seeds, from = 1, json } = options;
  let done = 0;
  const found = await runSeeds(options, (result) => {
    done += 1;
    if (json) return;
    if (result.violation || result.failure !== undefined) printResult(result, options.steps);
    if (done % 25 === 0 && done < seeds) print(`${done} of ${seeds} seeds`);
  });
  if (json) print(JSON.stringify({ from, seeds, found }));
  else
    print(
      `${seeds} seeds from ${from}: ${found.length === 0 ? 'every promise was kept' : `${found.length} found something`}`,
    );
  return found.length === 0;
}

async function hunt(options: Options): Promise<boolean> {
  const { json } = options;
  const hunts = await huntMutants(options.mutants, options, (one) => {
    if (!json) printHunt(one, options);
  });
  if (json) print(JSON.stringify({ hunts }));
  return hunts.every(({ foundBy }) => foundBy);
}

function printHunt({ mutant, seeds, foundBy, strange }: Hunt, { seeds: atMost, steps }: Options): void {
  if (!foundBy) print(`${mutant.padEnd(34)} NOT FOUND within ${atMost} seeds`);
  else print(`${mutant.padEnd(34)} found after ${seeds} by seed ${foundBy.seed}: ${foundBy.violation?.message ?? ''}`);
  if (strange && !foundBy) printResult(strange, steps, mutant);
}

function printResult({ seed, violation, failure }: SeedResult, steps: number, mutant?: string): void {
  print(`seed ${seed}: ${violation?.message ?? `the simulation failed: ${failure ?? ''}`}`);
  for (const line of violation?.lastEvents ?? []) print(`  ${line}`);
  const broken = mutant === undefined ? '' : ` --mutant ${mutant}`;
  const storm = steps === STORM_STEPS ? '' : ` --steps ${steps}`;
  print(`  replay it with: npm run simulate -- --seeds 1 --from ${seed}${storm}${broken} --verbose`);
}

/** A Postgres for each process, where nothing happens but what a seed says: no vacuum of its own accord. */
async function openServers(count: number): Promise<{ urls: string[]; stop: () => Promise<void> }> {
  const servers = await Promise.all(Array.from({ length: count }, () => start()));
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const urls = servers.map(({ env }) => {
    const { PGHOST = '', PGPORT = '', PGUSER = '', PGPASSWORD = '' } = env;
    return `postgres://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/postgres`;
  });
  for (const url of urls) await execute(url, 'alter system set autovacuum = off', 'select pg_reload_conf()');
  return { urls, stop };
}

process.exitCode = (await main(readArguments(process.argv.slice(2)))) ? 0 : 1;
