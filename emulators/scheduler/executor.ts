import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../kit/clock.ts';
import type { Job, RpcStatus } from './job.ts';
import { MAX_WAIT_MS } from './limits.ts';
import type { Publish } from './publish.ts';
import { backoffMs } from './retry.ts';
import type { Store } from './store.ts';

/**
 * Executions of jobs: an attempt, and retries while it fails. Scheduled executions of one job never run side by side: a
 * tick that comes during an attempt waits for its end, and a tick that comes while a retry is due takes its place.
 * Backoffs are real time.
 */
export class Executor {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #publish: Publish;
  /** Ticks of each job that wait for their execution; a job with an entry is being executed. */
  readonly #waiting = new Map<string, number>();
  /** What ends the retries of the executions under way, by job. */
  readonly #retries = new Map<string, Set<AbortController>>();
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  /** Failures that were reported, so that a job that fails at every tick says so once. */
  readonly #reported = new Map<string, number>();

  constructor(store: Store, clock: Clock, publish: Publish) {
    this.#store = store;
    this.#clock = clock;
    this.#publish = publish;
  }

  /** Executes a job for each of `ticks` ticks, one after the other. */
  enqueue(name: string, ticks: number): void {
    if (ticks === 0) return;
    const waiting = this.#waiting.get(name);
    this.#waiting.set(name, (waiting ?? 0) + ticks);
    this.#endRetries(name);
    if (waiting === undefined) this.#track(this.#drain(name));
  }

  /** Executes a job now, beside whatever else it is doing. The first attempt has been noted when this returns. */
  runNow(name: string): void {
    this.#track(this.#execute(name));
  }

  /** Drops waiting ticks and retries. An attempt under way ends by itself. */
  cancel(name: string): void {
    if (this.#waiting.has(name)) this.#waiting.set(name, 0);
    this.#reported.delete(name);
    this.#endRetries(name);
  }

  /** Stores what the scheduler itself notes of a job. A full disk must not end the scheduler: it is reported instead. */
  save(job: Job): void {
    try {
      this.#store.put(job);
    } catch (error) {
      process.stderr.write(`scheduler: ${(error as Error).message}\n`);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const name of [...this.#waiting.keys(), ...this.#retries.keys()]) this.cancel(name);
    await Promise.all(this.#running);
  }

  #track(execution: Promise<void>): void {
    this.#running.add(execution);
    void execution.finally(() => this.#running.delete(execution));
  }

  async #drain(name: string): Promise<void> {
    for (let left = this.#waiting.get(name) ?? 0; left > 0; left = this.#waiting.get(name) ?? 0) {
      this.#waiting.set(name, left - 1);
      await this.#execute(name);
    }
    this.#waiting.delete(name);
  }

  async #execute(name: string): Promise<void> {
    const retries = new AbortController();
    // The next tick is here already: this execution has its attempt and no more.
    if ((this.#waiting.get(name) ?? 0) > 0) retries.abort();
    const executions = this.#retries.get(name) ?? new Set();
    this.#retries.set(name, executions.add(retries));
    const began = performance.now();
    for (let failed = 1; await this.#fails(name); failed++) {
      const wait = backoffMs(this.#store.get(name)?.retryConfig, failed, performance.now() - began);
      if (wait === undefined) break;
      await sleep(Math.min(wait, MAX_WAIT_MS), undefined, { signal: retries.signal }).catch(() => undefined);
      if (retries.signal.aborted) break;
    }
    executions.delete(retries);
    if (executions.size === 0 && this.#retries.get(name) === executions) this.#retries.delete(name);
  }

  /** Makes one attempt. @returns whether it failed */
  async #fails(name: string): Promise<boolean> {
    const job = this.#store.get(name);
    if (!job) return false;
    this.save({ ...job, lastAttemptTime: this.#clock.date().toISOString() });
    const status = await this.#publish(job.pubsubTarget, this.#stopping.signal);
    const current = this.#store.get(name);
    if (!current || this.#stopping.signal.aborted) return false;
    this.#report(job, status);
    this.save({ ...current, status });
    return status.code !== undefined;
  }

  #report({ name, pubsubTarget }: Job, { code, message = '' }: RpcStatus): void {
    if (code === undefined) this.#reported.delete(name);
    else if (this.#reported.get(name) !== code) {
      this.#reported.set(name, code);
      const topic = pubsubTarget.topicName;
      process.stderr.write(`scheduler: job ${name} failed to publish to ${topic}: ${message} (code ${code})\n`);
    }
  }

  #endRetries(name: string): void {
    for (const retries of this.#retries.get(name) ?? []) retries.abort();
  }
}
