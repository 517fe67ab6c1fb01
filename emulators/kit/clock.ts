import { inspect } from 'node:util';

/**
 * The local cloud's wall clock. Every emulator computes it from the same three numbers, so processes that never talk
 * to each other about time still agree, and a clock can be fast (`rate`) or moved ahead (`virtualOrigin`).
 *
 * Only what people read as a date runs on it: publish times, cron ticks. Deadlines and backoffs stay in real time.
 */
export interface ClockState {
  /** Real time, in ms since 1970, at which the clock showed `virtualOrigin`. */
  readonly realOrigin: number;
  /** What the clock showed at `realOrigin`, in ms since 1970. */
  readonly virtualOrigin: number;
  /** Virtual milliseconds per real millisecond; 1 is an ordinary clock. */
  readonly rate: number;
}

/** The dates that Google's APIs can write: https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp */
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59Z');
/** Eleven days in a second; a clock faster than that leaves them while somebody looks on. */
const MAX_RATE = 1_000_000;

export class Clock {
  #state: ClockState;
  readonly #listeners = new Set<() => void>();

  constructor(state: ClockState = { realOrigin: 0, virtualOrigin: 0, rate: 1 }) {
    this.#state = checkClockState(state);
  }

  get state(): ClockState {
    return this.#state;
  }

  /** Virtual time in ms since 1970. */
  now(): number {
    const { realOrigin, virtualOrigin, rate } = this.#state;
    return Math.floor(virtualOrigin + (Date.now() - realOrigin) * rate);
  }

  date(): Date {
    return new Date(this.now());
  }

  /** Real milliseconds until the clock shows `virtual`; 0 when it already does. */
  msUntil(virtual: number): number {
    return Math.max(0, Math.ceil((virtual - this.now()) / this.#state.rate));
  }

  set(state: ClockState): void {
    this.#state = checkClockState(state);
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` whenever the clock was moved, so that timers can be set anew. Returns the unsubscribe. */
  onMove(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** @throws RangeError naming the number that is no clock. */
export function checkClockState(state: ClockState): ClockState {
  for (const key of ['realOrigin', 'virtualOrigin', 'rate'] as const) {
    if (!Number.isFinite(state[key])) throw new RangeError(`clock.${key} is ${inspect(state[key])}: must be a number`);
  }
  if (state.rate <= 0)
    throw new RangeError(`clock.rate is ${state.rate}: must be above 0, for time never stands still`);
  const now = state.virtualOrigin + (Date.now() - state.realOrigin) * state.rate;
  if (state.rate > MAX_RATE || now < FIRST || now > LAST) {
    throw new RangeError(
      `the clock must show a date of this era, to the year 9999, and run ${MAX_RATE} times as fast at most`,
    );
  }
  return { realOrigin: state.realOrigin, virtualOrigin: state.virtualOrigin, rate: state.rate };
}
