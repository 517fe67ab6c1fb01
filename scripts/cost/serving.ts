import type { Plan } from '../../pipelines/model/resources.ts';
import { ASSUMED } from './assumptions.ts';
import type { PostgresChoice } from './shared.ts';
import { GIB, sum, TIB, type Usage } from './usage.ts';
import type { Calls, Workload } from './workload.ts';

/** vCPUs that a function has when none are declared: https://cloud.google.com/run/docs/configuring/services/memory-limits */
const CPUS: readonly (readonly [memoryMiB: number, cpus: number])[] = [
  [128, 0.083],
  [256, 0.167],
  [512, 0.333],
  [1024, 0.583],
  [2048, 1],
  [8192, 2],
  [16_384, 4],
  [32_768, 8],
];

/** https://cloud.google.com/pubsub/pricing: small requests count as so many bytes. */
const MESSAGE_BYTES = 1000;

/** What starts a pipeline and what runs it: Scheduler, Pub/Sub, the functions, and what each call brings with it. */
export function servingUsage(work: Workload, plan: Plan, postgres: PostgresChoice): Usage[] {
  const planned = (calls: Calls) => {
    const found = plan.functions.find(({ entryPoint }) => entryPoint === calls.function);
    if (!found) throw new Error(`the plan has no function "${calls.function}"`);
    return found;
  };
  const calls = sum(work.calls, ({ perMonth }) => perMonth);
  const databasesOf = (one: Calls): number => planned(one).access.databases.length;
  const seconds = (one: Calls): number => one.perMonth * billedSeconds(one.seconds);
  return [
    { sku: 'schedulerJobs', what: 'schedule', quantity: 1 },
    // Every call is one message: published once, and delivered once.
    { sku: 'pubsubVolume', what: 'messages, published and delivered', quantity: (2 * calls * MESSAGE_BYTES) / TIB },
    { sku: 'runRequests', what: 'function calls', quantity: calls },
    {
      sku: 'runCpu',
      what: 'CPU of functions',
      quantity: sum(work.calls, (one) => seconds(one) * cpusOf(planned(one).memoryMiB)),
    },
    {
      sku: 'runMemory',
      what: 'memory of functions',
      quantity: sum(work.calls, (one) => (seconds(one) * planned(one).memoryMiB) / 1024),
    },
    ...(postgres === 'existing' ? [secretAccesses(sum(work.calls, (one) => one.perMonth * databasesOf(one)))] : []),
    { sku: 'logging', what: 'logs of functions', quantity: (calls * ASSUMED.logBytesPerCall) / GIB },
    { sku: 'network', what: 'functions to Postgres', quantity: (calls * ASSUMED.networkBytesPerCall) / GIB },
  ];
}

/** Only somebody else's Postgres has a password, which is in a secret. */
function secretAccesses(reads: number): Usage {
  return { sku: 'secretAccesses', what: 'database URLs, read at each start', quantity: reads / 10_000 };
}

export function cpusOf(memoryMiB: number): number {
  const found = CPUS.find(([memory]) => memory >= memoryMiB);
  if (found) return found[1];
  throw new Error(`a function with ${memoryMiB} MiB: Cloud Run gives 32768 at most`);
}

/** https://cloud.google.com/run/pricing: in steps of 100 ms. The tenth is rounded, for 0.3 × 10 is a little above 3. */
function billedSeconds(seconds: number): number {
  return Math.ceil(Math.round(seconds * 1e6) / 1e5) / 10;
}
