import { describeError } from '../../../functions/runtime/errors.ts';
import { isMovePipeline } from '../../../pipelines/model/pipeline.ts';
import { invariants } from '../invariants/all.ts';
import { fingerprint, requireSame } from '../invariants/3-repetition.ts';
import { Violation, type World } from '../invariants/invariant.ts';
import { SourceTable } from '../source/model.ts';
import { openWriters, type Writer } from '../source/writer.ts';
import { onPublish } from '../world/pubsub.ts';
import type { Stage } from '../world/world.ts';
import { stages } from '../world/stages.ts';
import { beat, Call } from './calls.ts';
import { CALM, drawFaults, drawJobFailure, drawTurn, type Faults } from './faults.ts';
import { Observer } from './observer.ts';
import { BEGIN, TIMEOUT_SECONDS, HEARTBEAT_SECONDS, CALLS_AT_ONCE, LONG_SECONDS, STEPS_AT_MOST } from './measures.ts';
import { type Entry, pushed, Queue } from './queue.ts';
import { type Random, seeded } from './random.ts';
import { Schedule } from './schedule.ts';
import type { Trace } from './trace.ts';

/** One seed: the world, the faults, and a scheduler that lets one thing happen after another. */
export class Simulation {
  readonly #stage: Stage;
  readonly #stormSteps: number;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #queue: Queue;
  readonly #writers: readonly Writer[];
  readonly #tables: ReadonlyMap<string, SourceTable>;
  readonly #observer: Observer;
  readonly #schedule: Schedule;
  readonly #calm = new Set<string>();
  readonly world: World;
  #faults: Faults;
  #calls: Call[] = [];
  #called = 0;
  #steps = 0;
  /** Simulated seconds since the beginning. */
  #now = 0;

  /** @param steps with faults */
  constructor(stage: Stage, seed: number, trace: Trace, steps: number) {
    this.#stage = stage;
    this.#stormSteps = steps;
    this.#trace = trace;
    const random = seeded(seed);
    this.#random = random;
    this.#faults = drawFaults(random);
    const { services, plan } = stage;
    // One pipeline is enough for most bugs, and half the work.
    const [first, second] = [...services.catalog.pipelines].sort(() => random.next() - 0.5);
    const pipelines = [first, random.chance(0.2) ? second : undefined].filter((each) => each !== undefined);
    const catalog = { ...services.catalog, pipelines };
    this.#queue = new Queue(plan.subscriptions, services.environment.projectId, random);
    this.#schedule = new Schedule(catalog, services.environment.name, { queue: this.#queue, random, trace });
    const names = pipelines.filter(isMovePipeline).flatMap((each) => each.tables.map(({ source }) => source));
    this.#tables = new Map(names.map((name) => [name, new SourceTable(name)]));
    this.#writers = openWriters(stage.writers, random, [...this.#tables.values()], trace);
    const observer = new Observer(stage.ledger, trace);
    this.#observer = observer;
    this.world = {
      catalog,
      environment: services.environment,
      google: stage.google,
      queue: this.#queue,
      tables: this.#tables,
      source: stage.source,
      planned: observer.planned,
      fired: this.#schedule.fired,
      calm: this.#calm,
      get state() {
        return observer.state;
      },
    };
  }

  /** @throws Violation when a promise was not kept */
  async run(): Promise<void> {
    await this.#stage.reset();
    this.#stage.onLedger(async () => {
      await this.#observer.look(this.world);
    });
    onPublish((topic, data, attributes) => this.#queue.publish(topic, data, attributes, this.#instant()));
    try {
      await this.#storm();
      await this.#comeToRest();
      await this.#runCalmly();
      for (const invariant of invariants) await invariant.atEnd?.(this.world);
      // It takes as long as the rest; some of the seeds are enough of it.
      if (this.#random.chance(0.15)) await this.#repeatEverything();
    } finally {
      for (const call of this.#calls) call.kill();
      for (const writer of this.#writers) await writer.finish();
    }
  }

  /** Everything at once, and everything goes wrong. */
  async #storm(): Promise<void> {
    const [item, note] = [this.#tables.get('item'), this.#tables.get('note')];
    if (item && this.#random.chance(0.8)) await this.#writers[0]?.fill(item, this.#random.int(50) + 1);
    if (note && this.#random.chance(0.8)) await this.#writers[1]?.fill(note, this.#random.int(30) + 1);
    for (let step = 0; step < this.#stormSteps; step += 1) {
      const isIdle = this.#calls.length === 0 && this.#queue.entries.length === 0;
      if (isIdle && !this.#schedule.mayTick) return;
      if (this.#schedule.mayTick && this.#random.chance(isIdle ? 0.3 : 0.01)) this.#schedule.tick();
      else await this.#step();
    }
  }

  /** The faults stop; who is still at work ends it. */
  async #comeToRest(): Promise<void> {
    this.#trace.add('scheduler', 'the faults stop');
    this.#faults = CALM;
    for (const writer of this.#writers) await writer.finish();
    await this.#drain();
  }

  async #runCalmly(): Promise<void> {
    for (const run of this.#schedule.tickCalmly()) this.#calm.add(run);
    await this.#drain();
  }

  async #repeatEverything(): Promise<void> {
    this.#trace.add('scheduler', 'every message comes once more');
    const before = await fingerprint(this.world);
    for (const message of [...this.#queue.history]) this.#queue.deliverAgain(message);
    await this.#drain();
    requireSame(before, await fingerprint(this.world));
  }

  async #drain(): Promise<void> {
    while (this.#calls.length > 0 || this.#queue.entries.length > 0 || this.#stage.google.held.length > 0) {
      await this.#step(false);
      if (this.#steps > STEPS_AT_MOST)
        throw new Violation({ number: 7, name: 'nothing is forgotten' }, 'it never comes to rest');
    }
  }

  async #step(writing = true): Promise<void> {
    this.#steps += 1;
    const { held } = this.#stage.google;
    const ready = this.#queue.ready(this.#now);
    const awake = this.#calls.filter((call) => !call.forsaken);
    const zombies = this.#calls.filter((call) => call.forsaken);
    const busy = this.#queue.entries.filter((entry) => entry.live === 1);
    const canCall = ready.length > 0 && awake.length < CALLS_AT_ONCE;
    const nothing = !canCall && this.#calls.length === 0 && held.length === 0;
    await this.#random.weighted<() => Promise<void>>([
      [awake.length * 5, () => this.#resume(this.#random.pick(awake))],
      [zombies.length * 0.05, () => this.#resume(this.#random.pick(zombies))],
      [canCall ? 4 : 0, () => this.#deliver(this.#random.pick(ready))],
      [busy.length > 0 ? this.#faults.twice * 100 : 0, () => this.#deliver(this.#random.pick(busy))],
      [held.length * this.#faults.jobs, () => this.#runJob()],
      [writing ? 3 : 0, () => this.#random.pick(this.#writers).step()],
      [this.#faults.time * 10, () => this.#letTimePass()],
      [nothing ? 2 : 0, () => this.#pass(Math.max(1, (this.#queue.nextReady() ?? 0) - this.#now))],
    ])();
    if (this.#observer.violation) throw this.#observer.violation;
  }

  async #resume(call: Call): Promise<void> {
    const [gate] = call.gates;
    if (!gate) throw new Error(`${call.name} is neither parked nor over`);
    if (!call.forsaken && call.stage === this.#faults.focus && this.#random.chance(this.#faults.asleep)) {
      this.#trace.add(call.name, `falls asleep before ${gate.effect.service}: ${gate.effect.what}`);
      await this.#passLong();
      return;
    }
    const turn = drawTurn(this.#random, this.#faults, call, gate.effect);
    this.#trace.add(call.name, `${gate.effect.service}: ${gate.effect.what}${turn === 'go' ? '' : `  ← ${turn}`}`);
    if (call.stage === 'extract' && gate.effect.what === 'connect') this.#observer.noteStart(call, this.#tables);
    // Who wakes after a long time may hear first that nobody has waited.
    if (call.forsaken && this.#random.chance(0.5)) await beat(call);
    await call.resume(turn);
    await this.#afterwards(call);
  }

  async #deliver(entry: Entry): Promise<void> {
    entry.attempts += 1;
    const stage = entry.subscription.name.split('-').at(-1) ?? '';
    if (this.#random.chance(this.#faults.dropped)) {
      this.#trace.add('pubsub', `loses its delivery of ${entry.message.data.toString()} to ${stage}`);
      this.#refuse(entry);
      return;
    }
    this.#called += 1;
    const call = new Call(`${stage} #${this.#called}`, stage, entry);
    this.#trace.add(call.name, `takes ${entry.message.data.toString()}, attempt ${entry.attempts}`);
    entry.live += 1;
    this.#calls.push(call);
    const receive = stages[stage];
    if (!receive) throw new Error(`there is no function ${stage}`);
    await call.begin(async () => {
      await receive(pushed(entry), this.#stage.services);
    });
    await this.#afterwards(call);
  }

  /** What becomes of the message when its call is over. */
  async #afterwards(call: Call): Promise<void> {
    if (call.state === 'alive') return;
    this.#calls = this.#calls.filter((other) => other !== call);
    const { entry, error } = call;
    if (call.state === 'dead') this.#trace.add(call.name, 'is dead');
    else this.#trace.add(call.name, error === undefined ? 'is done' : `gives up: ${describeError(error)}`);
    if (call.forsaken) return;
    entry.live -= 1;
    if (entry.gone) return;
    if (call.state === 'dead' || error !== undefined || this.#random.chance(this.#faults.unheard)) {
      this.#refuse(entry);
      return;
    }
    this.#queue.acknowledge(entry);
    if (this.#observer.violation) return;
    for (const invariant of invariants) await invariant.afterAcknowledgement?.(entry, this.world);
  }

  #refuse(entry: Entry): void {
    if (entry.gone || !this.#queue.refuse(entry, this.#now, this.#instant())) return;
    this.#trace.add('pubsub', `gives up ${entry.message.data.toString()} after ${entry.attempts} attempts`);
  }

  async #runJob(): Promise<void> {
    const job = this.#random.pick(this.#stage.google.held);
    const failure = drawJobFailure(this.#random, this.#faults);
    this.#trace.add('bigquery', `runs ${job.id}${failure ? `, which fails: ${failure.reason}` : ''}`);
    job.begin(failure);
    await this.#stage.google.idle();
  }

  async #letTimePass(): Promise<void> {
    const seconds = this.#random.pick([5, 15, 40, 120, 600, LONG_SECONDS, LONG_SECONDS]);
    if (seconds >= LONG_SECONDS) await this.#passLong();
    else await this.#pass(seconds);
  }

  /** After a long time a schedule has been due: its run meets what the one before has left. */
  async #passLong(): Promise<void> {
    await this.#pass(LONG_SECONDS);
    if (this.#schedule.mayTick) this.#schedule.tick();
  }

  /** Claims and leases run out, unless their calls show life; calls reach their limit. */
  async #pass(seconds: number): Promise<void> {
    this.#trace.add('clock', `${seconds} s pass`);
    this.#now += seconds;
    await this.#stage.ledger.query(`
      update alir.task set claimed_until = claimed_until - make_interval(secs => ${seconds});
      update alir.lease set expires_at = expires_at - make_interval(secs => ${seconds})`);
    await this.#observer.look(this.world);
    for (const call of [...this.#calls]) {
      call.age += seconds;
      if (call.forsaken) continue;
      if (call.age >= TIMEOUT_SECONDS) await this.#timeOut(call);
      else if (seconds >= HEARTBEAT_SECONDS && !this.#random.chance(this.#faults.paused)) await beat(call);
    }
  }

  /** Its request is over; the process may be stopped, or go on when it gets a processor again. */
  async #timeOut(call: Call): Promise<void> {
    if (!this.#random.chance(this.#faults.zombie)) {
      call.kill();
      await this.#afterwards(call);
      return;
    }
    this.#trace.add(call.name, 'is out of time, and goes on');
    call.forsaken = true;
    call.entry.live -= 1;
    this.#refuse(call.entry);
  }

  #instant(): Date {
    return new Date(BEGIN + this.#now * 1000);
  }
}
