import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import type { Entry } from './queue.ts';

export type Service = 'ledger' | 'source' | 'storage' | 'bigquery' | 'pubsub';

/** Something that a call does to the world, or asks of it. */
export interface Effect<T = unknown> {
  readonly service: Service;
  /** What people read in a trace. */
  readonly what: string;
  act(): Promise<T>;
  /**
   * How the service fails: returns its answer or throws, as Google's or Postgres' clients would have it.
   * @param variant which of its ways to fail so, any whole number
   */
  fail(failure: Failure, variant: number): T;
}

/** Passing failures heal; lasting ones do not; with a lost answer, the effect has happened and nobody was told. */
export type Failure = 'passing' | 'lasting' | 'lost';

/** What the scheduler lets happen at a gate. */
export type Turn = 'go' | 'kill-before' | 'kill-after' | Failure;

interface Gate {
  readonly effect: Effect;
  open(turn: Turn): void;
}

/** How long a call may take from one gate to the next, in real ms, before the simulation says that it hangs. */
const HANGS_AFTER_MS = 30_000;

/**
 * One call of a function, on one delivery. It runs until it wants to have an effect; there it is *parked*, and the
 * scheduler alone decides when it goes on, and how. A call that was killed never goes on: what it waits for stays
 * unanswered and its connections are cut, as with a process that is no more.
 */
export class Call {
  readonly name: string;
  readonly stage: string;
  readonly entry: Entry;
  state: 'alive' | 'dead' | 'done' = 'alive';
  /** Thrown out of the function; its message is delivered again. */
  error: unknown;
  /** Pub/Sub no longer waits for this call, which has not noticed. */
  forsaken = false;
  /** Simulated seconds that it has run. */
  age = 0;
  /** The service that fails for it, and how often still. */
  trouble: { service: Service; failure: Failure; variant: number; left: number } | undefined;
  readonly heartbeats = new Set<() => void>();
  readonly connections = new Set<pg.Client>();
  readonly #gates: Gate[] = [];
  #acting = 0;
  #changed: () => void = () => undefined;

  constructor(name: string, stage: string, entry: Entry) {
    this.name = name;
    this.stage = stage;
    this.entry = entry;
  }

  get gates(): readonly Gate[] {
    return this.#gates;
  }

  isAlive(): boolean {
    return this.state === 'alive';
  }

  /** Begins the call; resolves when it is parked or over. */
  async begin(work: () => Promise<void>): Promise<void> {
    const settled = this.#settled();
    calls.run({ call: this, free: false }, work).then(
      () => {
        this.#end(undefined);
      },
      (error: unknown) => {
        this.#end(error);
      },
    );
    await settled;
  }

  /** Lets the oldest gate open; resolves when the call is parked again or over. */
  async resume(turn: Turn): Promise<void> {
    const settled = this.#settled();
    const gate = this.#gates.shift();
    gate?.open(turn);
    await settled;
  }

  /** Does `effect` when the scheduler says so. */
  async perform<T>(effect: Effect<T>): Promise<T> {
    if (this.state === 'dead') return await never();
    const turn = await new Promise<Turn>((open) => {
      this.#gates.push({ effect, open });
      this.#changed();
    });
    if (turn === 'kill-before') this.kill();
    if (!this.isAlive()) return await never();
    this.#acting += 1;
    const variant = this.trouble?.variant ?? 0;
    try {
      if (turn === 'passing' || turn === 'lasting') return effect.fail(turn, variant);
      const result = await effect.act();
      if (turn === 'kill-after') this.kill();
      if (turn === 'lost') return effect.fail(turn, variant);
      return this.isAlive() ? result : await never();
    } finally {
      this.#acting -= 1;
      this.#changed();
    }
  }

  kill(): void {
    this.state = 'dead';
    this.#gates.length = 0;
    this.heartbeats.clear();
    for (const client of this.connections) (client as unknown as Cuttable).connection.stream.destroy();
    this.#changed();
  }

  #end(error: unknown): void {
    if (this.state !== 'alive') return;
    this.state = 'done';
    this.error = error;
    this.heartbeats.clear();
    this.#changed();
  }

  async #settled(): Promise<void> {
    const deadline = performance.now() + HANGS_AFTER_MS;
    for (;;) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, HANGS_AFTER_MS);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      await turnOfTheLoop();
      if (this.state !== 'alive' || (this.#acting === 0 && this.#gates.length > 0)) return;
      if (performance.now() > deadline) throw new Error(`${this.name} hangs: it is neither parked nor over`);
    }
  }
}

/** A client of pg's, whose connection can be cut. */
export interface Cuttable {
  readonly connection: { readonly stream: { destroy(): void } };
}

interface Context {
  readonly call: Call;
  /** Heartbeats are not parked: they have their effect when the scheduler fires them. */
  readonly free: boolean;
}
const calls = new AsyncLocalStorage<Context>();

export function currentCall(): Call | undefined {
  return calls.getStore()?.call;
}

const heartbeats = new Set<Promise<unknown>>();

/** Has an effect on behalf of the call that is running, if any: what the simulation does itself is done at once. */
export async function perform<T>(effect: Effect<T>): Promise<T> {
  const context = calls.getStore();
  if (!context) return await effect.act();
  if (!context.free) return await context.call.perform(effect);
  const acted = effect.act();
  heartbeats.add(acted);
  return await acted;
}

/** Lets a call's timers tick once, as far as it lives. */
export async function beat(call: Call): Promise<void> {
  for (const tick of [...call.heartbeats]) calls.run({ call, free: true }, tick);
  await Promise.allSettled(heartbeats);
  heartbeats.clear();
  await turnOfTheLoop();
}

async function never<T>(): Promise<T> {
  return await new Promise<T>(() => undefined);
}

/** What is due in this turn of the event loop is over after it. */
export async function turnOfTheLoop(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
