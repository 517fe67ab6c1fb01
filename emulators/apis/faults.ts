import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../kit/errors.ts';
import type { Handler, Reply, Request, Routes } from '../kit/router.ts';
import { MAX_DELAY_MS } from './limits.ts';

export const APIS = ['openlibrary', 'randomuser'] as const;
export type Api = (typeof APIS)[number];

/**
 * How an API misbehaves: `down` drops the connection, `unavailable` answers 503, `slow` answers right but late,
 * `rate-limited` 429 with Retry-After, `nonsense` 200 with what is not JSON, `wrong-shape` JSON of another shape.
 */
const MODES = ['none', 'down', 'unavailable', 'slow', 'rate-limited', 'nonsense', 'wrong-shape'] as const;

interface Fault {
  readonly mode: (typeof MODES)[number];
  /** How many requests it still meets; absent for all. */
  readonly times?: number;
  readonly delayMs: number;
  readonly retryAfterSeconds: number;
}

const NONE: Fault = { mode: 'none', delayMs: 0, retryAfterSeconds: 1 };

const NONSENSE: Readonly<Record<Api, Reply>> = {
  openlibrary: {
    headers: { 'content-type': 'text/html' },
    body: '<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>',
  },
  randomuser: { headers: { 'content-type': 'application/json' }, body: '{"results":[{"gender":"female","name":{"tit' },
};

const WRONG_SHAPE: Readonly<Record<Api, object>> = {
  openlibrary: { data: { works: { total: '12', items: [['OL1W', 'A title']] } }, status: 'ok' },
  randomuser: { error: 'Uh oh, something has gone wrong. Please tweet us @randomapi about the issue. Thank you.' },
};

/** The faults that tests have asked for, per API. */
export class Faults {
  readonly #faults = new Map<Api, Fault>();

  reset(): void {
    this.#faults.clear();
  }

  /** `PUT /emulator/v1/faults` sets one API's fault and `GET` shows all. */
  routes(): Routes {
    const show = (): Reply => ({ body: Object.fromEntries(APIS.map((api) => [api, this.#faults.get(api) ?? NONE])) });
    return {
      'GET /emulator/v1/faults': show,
      'PUT /emulator/v1/faults': async (request) => {
        const body = await request.json();
        this.#faults.set(oneOf('api', body['api'], APIS), parseFault(body));
        return show();
      },
    };
  }

  /** A route that misbehaves as long as its API's fault lasts. */
  wrap(api: Api, handler: Handler): Handler {
    return async (request) => {
      const fault = this.#take(api);
      switch (fault.mode) {
        case 'none':
          return await handler(request);
        case 'down':
          request.raw.socket.resetAndDestroy();
          return undefined;
        case 'unavailable':
          return { status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>503 Service Unavailable</h1>' };
        case 'slow':
          return (await held(request, fault.delayMs)) ? await handler(request) : undefined;
        case 'rate-limited':
          return {
            status: 429,
            headers: { 'retry-after': String(fault.retryAfterSeconds) },
            body: { error: 'Too many requests' },
          };
        case 'nonsense':
          return NONSENSE[api];
        case 'wrong-shape':
          return { body: WRONG_SHAPE[api] };
      }
    };
  }

  #take(api: Api): Fault {
    const fault = this.#faults.get(api) ?? NONE;
    if (fault.times === 1) this.#faults.delete(api);
    else if (fault.times !== undefined) this.#faults.set(api, { ...fault, times: fault.times - 1 });
    return fault;
  }
}

/** Waits in real time. @returns false when the caller hung up, or the emulator stopped, meanwhile */
async function held(request: Request, ms: number): Promise<boolean> {
  const gone = new AbortController();
  request.response.once('close', () => {
    gone.abort();
  });
  return await sleep(ms, true, { signal: gone.signal }).catch(() => false);
}

function parseFault(body: Record<string, unknown>): Fault {
  const mode = oneOf('mode', body['mode'], MODES);
  const times = body['times'] === undefined ? {} : { times: integer('times', body['times'], 1, 1_000_000) };
  if (mode === 'slow' && body['delayMs'] === undefined) {
    throw new ApiError('INVALID_ARGUMENT', 'mode "slow" needs delayMs');
  }
  return {
    mode,
    ...times,
    delayMs: integer('delayMs', body['delayMs'] ?? 0, 0, MAX_DELAY_MS),
    retryAfterSeconds: integer('retryAfterSeconds', body['retryAfterSeconds'] ?? 1, 0, 86_400),
  };
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new ApiError('INVALID_ARGUMENT', `${name} is ${describe(value)}: must be one of ${allowed.join(', ')}`);
}

function integer(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ApiError('INVALID_ARGUMENT', `${name} is ${describe(value)}: must be an integer from ${min} to ${max}`);
}

function describe(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
