import type { ApiError } from '../../../emulators/kit/errors.ts';
import { JOBS, pick } from '../world/refusals.ts';
import type { Call, Effect, Failure, Turn } from './calls.ts';
import type { Random } from './random.ts';

/** How often what goes wrong, as probabilities; `calm` has none of it. */
export interface Faults {
  readonly kill: number;
  readonly passing: number;
  readonly lasting: number;
  readonly lost: number;
  /** Of a delivery: it does not arrive. */
  readonly dropped: number;
  /** Of an acknowledgement: Pub/Sub does not hear it. */
  readonly unheard: number;
  /** Of a choice of the scheduler: a message that is being worked on is delivered once more. */
  readonly twice: number;
  /** Of a call that ran out of time: it goes on, and nobody waits for it. */
  readonly zombie: number;
  /** Of a heartbeat: it does not come in time. */
  readonly paused: number;
  /** Of a job. */
  readonly job: number;
  /** Weight of time that passes while calls are at work. */
  readonly time: number;
  /** Weight of a job that waits: where it is small, calls run out of time before their jobs begin. */
  readonly jobs: number;
  /** The stage or the service that fails more than others. */
  readonly focus: string;
  /** Of an effect of a call of that stage: it falls asleep before it, for longer than anybody waits. */
  readonly asleep: number;
}

export const CALM: Faults = {
  kill: 0,
  passing: 0,
  lasting: 0,
  lost: 0,
  dropped: 0,
  unheard: 0,
  twice: 0,
  zombie: 0,
  paused: 0,
  job: 0,
  time: 0,
  jobs: 6,
  focus: '',
  asleep: 0,
};

/** Nothing fails, but calls are left behind by time, and go on when everybody has forgotten them. */
const SLEEPY: Faults = { ...CALM, zombie: 1, paused: 0.5, twice: 0.01, time: 0.02, asleep: 0.05 };

/** Not every seed has every fault: where one kind is absent, others come further. */
export function drawFaults(random: Random): Faults {
  if (random.chance(0.15)) return { ...SLEEPY, focus: random.pick(STAGES) };
  const some = (probability: number): number => probability * random.pick([0, 0.5, 1, 2]);
  return {
    kill: some(0.008),
    passing: some(0.01),
    lasting: some(0.003),
    lost: some(0.005),
    dropped: some(0.03),
    unheard: some(0.05),
    twice: some(0.01),
    zombie: 0.5,
    paused: random.pick([0, 0.2, 0.5]),
    job: some(0.05),
    time: random.pick([0, 0.01, 0.04]),
    jobs: random.pick([6, 6, 6, 0.3]),
    focus: random.pick(FOCUSES),
    asleep: 0,
  };
}

const STAGES = ['extract', 'encode', 'load', 'audit', 'merge', 'notify'];
/** A stage or a service on which a seed's faults gather, so that two of them meet at one place. */
const FOCUSES = [...STAGES, 'ledger', 'source', 'storage', 'bigquery', 'pubsub'];
/** More than any service has ways to fail; a multiple of most of their numbers. */
const VARIANTS = 27_720;
/** How much more often it fails. */
const GATHERED = 8;

/** How a gate opens. A service that fails once tends to go on failing for the call that met it, retries included. */
export function drawTurn(random: Random, faults: Faults, call: Call, { service }: Effect): Turn {
  const { trouble } = call;
  if (trouble?.service === service && trouble.left > 0) {
    trouble.left -= 1;
    return trouble.failure;
  }
  const factor = faults.focus === call.stage || faults.focus === service ? GATHERED : 1;
  if (random.chance(faults.kill * factor)) return random.pick(['kill-before', 'kill-after']);
  const failure = random.weighted<Failure | undefined>([
    [faults.passing * factor, 'passing'],
    [faults.lasting * factor, 'lasting'],
    [faults.lost * factor, 'lost'],
    [1 - (faults.passing + faults.lasting + faults.lost) * factor, undefined],
  ]);
  if (!failure) return 'go';
  call.trouble = { service, failure, variant: random.int(VARIANTS), left: failure === 'lost' ? 0 : random.int(6) };
  return failure;
}

/** What BigQuery says of a job that it could not do, for a while or for good. */
export function drawJobFailure(random: Random, faults: Faults): ApiError | undefined {
  if (!random.chance(faults.job)) return undefined;
  return pick(JOBS, random.chance(0.85) ? 'passing' : 'lasting', random.int(VARIANTS));
}
