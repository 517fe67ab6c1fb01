import type { z } from 'zod';
import { describeError, TerminalError, TransientError } from '../runtime/errors.ts';
import { type Random, Retryable, type RetryPolicy, withRetry } from '../runtime/retry.ts';

export interface JsonRequest<T> {
  /** The service's name, for messages. */
  readonly api: string;
  readonly url: string;
  /** What an answer must look like. */
  readonly shape: z.ZodType<T>;
  readonly fetch: typeof fetch;
  readonly retry?: RetryPolicy;
  /** Where the waits between tries come from; Math.random by default. */
  readonly random?: Random;
  readonly timeoutMs?: number;
}

/** Well below a function's time limit, and no burden to a service that is struggling. */
const DEFAULT_RETRY: RetryPolicy = { attempts: 4, firstDelayMs: 250, maxDelayMs: 5000 };
const DEFAULT_TIMEOUT_MS = 10_000;
/** Refusals of the moment: too slow, too early, too many. */
const PASSING: readonly number[] = [408, 425, 429];

/**
 * Gets JSON from an outside API, and tries again while it is down, slow, rate-limited or answers nonsense.
 * @throws TransientError SERVICE_UNAVAILABLE when it still does; a later delivery tries again
 * @throws TerminalError API_ANSWER when it refuses the request itself (HTTP 4xx)
 */
export async function getJson<T>(request: JsonRequest<T>): Promise<T> {
  const { api, url, retry = DEFAULT_RETRY } = request;
  try {
    return await withRetry(retry, async () => await getOnce(request), request.random);
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    const message = `${api} gave no usable answer in ${retry.attempts} attempts: ${describeError(error)} (GET ${url})`;
    throw new TransientError('SERVICE_UNAVAILABLE', message);
  }
}

async function getOnce<T>({ api, url, shape, fetch, timeoutMs = DEFAULT_TIMEOUT_MS }: JsonRequest<T>): Promise<T> {
  const text = await getText(fetch, url, timeoutMs, api);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Retryable(`not JSON: ${JSON.stringify(text.slice(0, 60))}`);
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new Retryable(`the answer has another shape: ${path === '' ? 'it' : path}: ${issue?.message ?? ''}`);
}

async function getText(fetch: typeof globalThis.fetch, url: string, timeoutMs: number, api: string): Promise<string> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: 'application/json' },
    });
    if (response.ok) return await response.text();
    await response.body?.cancel();
    if (response.status >= 500 || PASSING.includes(response.status)) {
      throw new Retryable(`HTTP ${response.status}`, retryAfter(response.headers.get('retry-after')));
    }
    throw new TerminalError('API_ANSWER', `${api} refuses the request with HTTP ${response.status} (GET ${url})`);
  } catch (error) {
    if (error instanceof Retryable || error instanceof TerminalError) throw error;
    throw new Retryable(describeError(error));
  }
}

/** Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
