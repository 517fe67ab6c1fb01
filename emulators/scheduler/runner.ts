import type { Clock } from '../kit/clock.ts';
import { Ticks } from './cron.ts';
import type { Executor } from './executor.ts';
import type { Job } from './job.ts';
import { MAX_WAIT_MS, OVERSLEPT_MS } from './limits.ts';
import type { Store } from './store.ts';

interface Schedule {
  readonly ticks: Ticks;
  /** The next tick, in ms since 1970 on the virtual clock; absent when none comes. */
  next: number | undefined;
}

/**
 * Fires enabled jobs at their ticks.
 *
 * Time that passes, however fast the clock runs, fires every tick. Time that is skipped, because the clock was moved or
 * because the machine slept, fires a job that has ticks in it once and others not at all. Ticks from before the start
 * are not made up for.
 */
export class Runner {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #executor: Executor;
  readonly #schedules = new Map<string, Schedule>();
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = 0;

  constructor(store: Store, clock: Clock, executor: Executor) {
    this.#store = store;
    this.#clock = clock;
    this.#executor = executor;
    this.#unsubscribe = clock.onMove(() => {
      this.#advance('skipped');
    });
    for (const job of store.all()) this.follow(job);
  }

  /** Stores a job that is new or was changed, with its next tick, and follows its schedule. */
  follow(job: Job): Job {
    const ticks = new Ticks(job.schedule, job.timeZone);
    const next = job.state === 'ENABLED' ? ticks.after(this.#clock.now()) : undefined;
    const followed = withScheduleTime(job, next);
    this.#store.put(followed);
    if (job.state === 'ENABLED') {
      this.#schedules.set(job.name, { ticks, next });
    } else {
      this.#schedules.delete(job.name);
      this.#executor.cancel(job.name);
    }
    this.#arm();
    return followed;
  }

  forget(name: string): void {
    this.#store.delete(name);
    this.#schedules.delete(name);
    this.#executor.cancel(name);
    this.#arm();
  }

  clear(): void {
    this.#store.clear();
    for (const name of this.#schedules.keys()) this.#executor.cancel(name);
    this.#schedules.clear();
    this.#arm();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#schedules.clear();
    await this.#executor.stop();
  }

  /** Fires what has become due. */
  #advance(time: 'passed' | 'skipped'): void {
    const now = this.#clock.now();
    for (const [name, schedule] of this.#schedules) {
      const before = schedule.next;
      let due = 0;
      if (time === 'skipped') {
        if (schedule.next !== undefined && schedule.next <= now) due = 1;
        schedule.next = schedule.ticks.after(now);
      } else {
        for (; schedule.next !== undefined && schedule.next <= now; due++)
          schedule.next = schedule.ticks.after(schedule.next);
      }
      const job = this.#store.get(name);
      if (job && schedule.next !== before) this.#executor.save(withScheduleTime(job, schedule.next));
      this.#executor.enqueue(name, due);
    }
    this.#arm();
  }

  /** One timer, for the earliest tick of all. */
  #arm(): void {
    clearTimeout(this.#timer);
    const next = Math.min(...[...this.#schedules.values()].map((schedule) => schedule.next ?? Infinity));
    if (next === Infinity) return;
    const wait = Math.min(this.#clock.msUntil(next), MAX_WAIT_MS);
    this.#wakesAt = Date.now() + wait;
    this.#timer = setTimeout(() => {
      this.#advance(Date.now() - this.#wakesAt > OVERSLEPT_MS ? 'skipped' : 'passed');
    }, wait);
  }
}

function withScheduleTime(job: Job, next: number | undefined): Job {
  return { ...job, scheduleTime: next === undefined ? undefined : new Date(next).toISOString() };
}
