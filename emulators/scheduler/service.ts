import { randomUUID } from 'node:crypto';
import type { Clock } from '../kit/clock.ts';
import { ApiError } from '../kit/errors.ts';
import type { Executor } from './executor.ts';
import type { Json } from './fields.ts';
import type { Job } from './job.ts';
import { LIMITS } from './limits.ts';
import { checkName, checkParent } from './names.ts';
import type { Runner } from './runner.ts';
import type { Store } from './store.ts';
import { applyMask, parseSpec } from './validate.ts';

/**
 * google.cloud.scheduler.v1.CloudScheduler, for every transport: requests and jobs are in proto3's JSON form.
 * https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs
 * All methods throw ApiErrors with Google's status.
 */
export class Service {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #runner: Runner;
  readonly #executor: Executor;

  constructor(store: Store, clock: Clock, runner: Runner, executor: Executor) {
    this.#store = store;
    this.#clock = clock;
    this.#runner = runner;
    this.#executor = executor;
  }

  create(parent: string, body: Json): Job {
    checkParent(parent);
    const given = body['name'];
    const name = typeof given === 'string' && given !== '' ? given : `${parent}/jobs/${randomUUID()}`;
    checkName(name);
    if (!name.startsWith(`${parent}/jobs/`)) {
      throw new ApiError('INVALID_ARGUMENT', `job name "${name}" must lie under the parent "${parent}"`);
    }
    const spec = parseSpec(name, body);
    if (this.#store.get(name)) throw new ApiError('ALREADY_EXISTS', `Job ${name} already exists.`);
    return this.#runner.follow({ ...spec, state: 'ENABLED', userUpdateTime: this.#now() });
  }

  get(name: string): Job {
    const job = this.#store.get(checkName(name));
    if (!job) throw new ApiError('NOT_FOUND', `Job ${name} not found.`);
    return job;
  }

  /** @param pageSize 0 for the largest */
  list(parent: string, pageSize: number, pageToken: string): { jobs: Job[]; nextPageToken?: string } {
    checkParent(parent);
    if (!Number.isInteger(pageSize) || pageSize < 0) {
      throw new ApiError('INVALID_ARGUMENT', `pageSize is ${pageSize}: must be an integer of at least 0`);
    }
    const size = Math.min(pageSize || LIMITS.MAX_PAGE_SIZE, LIMITS.MAX_PAGE_SIZE);
    const last = Buffer.from(pageToken, 'base64url').toString('utf8');
    if (pageToken !== '' && !last.startsWith(`${parent}/jobs/`)) {
      throw new ApiError('INVALID_ARGUMENT', `pageToken "${pageToken}" was not handed out for this parent`);
    }
    const rest = this.#store.all().filter(({ name }) => name.startsWith(`${parent}/jobs/`) && name > last);
    const jobs = rest.slice(0, size);
    const end = jobs.at(-1);
    if (rest.length <= size || !end) return { jobs };
    return { jobs, nextPageToken: Buffer.from(end.name).toString('base64url') };
  }

  /** @param mask fields in camelCase or snake_case; empty for all that callers set */
  update(name: string, patch: Json, mask: readonly string[]): Job {
    const current = this.get(name);
    const { state, lastAttemptTime, status } = current;
    const spec = parseSpec(name, applyMask(current, patch, mask));
    return this.#runner.follow({
      ...spec,
      state,
      userUpdateTime: this.#now(),
      ...(lastAttemptTime === undefined ? {} : { lastAttemptTime }),
      ...(status === undefined ? {} : { status }),
    });
  }

  delete(name: string): void {
    this.#runner.forget(this.get(name).name);
  }

  pause(name: string): Job {
    return this.#runner.follow({
      ...this.#inState(name, 'ENABLED', 'paused'),
      state: 'PAUSED',
      scheduleTime: undefined,
    });
  }

  resume(name: string): Job {
    return this.#runner.follow({ ...this.#inState(name, 'PAUSED', 'resumed'), state: 'ENABLED' });
  }

  /** Dispatches the job at once, paused or not, and does not wait for the outcome. */
  run(name: string): Job {
    this.#executor.runNow(this.get(name).name);
    return this.get(name);
  }

  #inState(name: string, state: Job['state'], verb: string): Job {
    const job = this.get(name);
    if (job.state === state) return job;
    throw new ApiError('FAILED_PRECONDITION', `Job ${name} is ${job.state}: it must be ${state} to be ${verb}.`);
  }

  #now(): string {
    return this.#clock.date().toISOString();
  }
}
