import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';
import { getJson } from '../../../../functions/sources/http.ts';

type Answer = (response: ServerResponse) => void;

const requests: IncomingMessage[] = [];
const held: ServerResponse[] = [];
let answers: Answer[] = [];
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/works`;
});
beforeEach(() => {
  requests.length = 0;
});
afterAll(async () => {
  for (const response of held) response.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const reply =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);
const fine = reply(200, '{"works":[{"title":"a"}]}');
const hang: Answer = (response) => {
  held.push(response);
};
const hangAfterHeaders: Answer = (response) => {
  response.writeHead(200).write('{"works":');
  held.push(response);
};

const shape = z.object({ works: z.array(z.object({ title: z.string() })) });

/** The last of the answers is given as often as it is asked for. */
async function get(...given: Answer[]): Promise<unknown> {
  answers = given;
  const retry = { attempts: 3, firstDelayMs: 1, maxDelayMs: 2 };
  // Only who waits for nothing may be left soon: a busy machine takes its time, too.
  const timeoutMs = given.some((answer) => answer === hang || answer === hangAfterHeaders) ? 200 : 30_000;
  return await getJson({ api: 'Catalogue', url, shape, fetch, retry, timeoutMs });
}

describe('an API that answers', () => {
  test('is asked once', async () => {
    expect(await get(fine)).toEqual({ works: [{ title: 'a' }] });
    expect(requests.map(({ method, headers }) => [method, headers.accept])).toEqual([['GET', 'application/json']]);
  });

  test.each<[string, Answer[], number]>([
    ['500, then 200', [reply(500, 'oops'), fine], 2],
    ['503, 502, then 200', [reply(503, ''), reply(502, ''), fine], 3],
    ['429 with Retry-After in seconds', [reply(429, '', { 'retry-after': '3600' }), fine], 2],
    ['429 with a date', [reply(429, '', { 'retry-after': 'Fri, 20 Nov 2026 09:00:00 GMT' }), fine], 2],
    ['408, then 200', [reply(408, ''), fine], 2],
    ['429 with nonsense', [reply(429, '', { 'retry-after': 'soon' }), fine], 2],
    ['HTML, then JSON', [reply(200, '<html>busy</html>'), fine], 2],
    ['another shape, then the right one', [reply(200, '{"error":"busy"}'), fine], 2],
    [
      'half of an answer, then all of it',
      [(response) => response.writeHead(200, { 'content-length': '99' }).end('{'), fine],
      2,
    ],
    ['a connection that is cut, then 200', [(response) => response.destroy(), fine], 2],
    ['nothing in time, then 200', [hang, fine], 2],
    ['headers and no more in time, then 200', [hangAfterHeaders, fine], 2],
  ])('at last is believed: %s', async (_, given, asked) => {
    expect(await get(...given)).toEqual({ works: [{ title: 'a' }] });
    expect(requests).toHaveLength(asked);
  });
});

describe('an API that keeps failing is a transient error, which says what and where', () => {
  test.each<[string, Answer, string]>([
    ['500', reply(500, 'oops'), 'HTTP 500'],
    ['429', reply(429, ''), 'HTTP 429'],
    ['HTML', reply(200, '<html>busy</html>'), 'not JSON: "<html>busy</html>"'],
    ['an empty answer', reply(200, ''), 'not JSON: ""'],
    ['another shape', reply(200, '{"works":[{}]}'), 'another shape: works.0.title: '],
    ['a list', reply(200, '[]'), 'another shape: it: '],
    ['slow', hang, 'timeout'],
    ['cut off', (response) => response.destroy(), 'fetch failed'],
  ])('%s', async (_, answer, reason) => {
    const error: unknown = await get(answer).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    const { message } = error as Error;
    expect(message).toContain('Catalogue gave no usable answer in 3 attempts');
    expect(message).toContain(reason);
    expect(message).toContain(`(GET ${url})`);
    expect(requests).toHaveLength(3);
  });

  test('nobody listens', async () => {
    const down = { api: 'Catalogue', url: 'http://127.0.0.1:1/', shape, fetch };
    const error: unknown = await getJson({ ...down, retry: { attempts: 2, firstDelayMs: 1, maxDelayMs: 1 } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TransientError);
  });
});

test.each([400, 401, 403, 404, 410])(
  'an API that refuses with %i is asked once, and the error is terminal',
  async (status) => {
    const error: unknown = await get(reply(status, 'no')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({
      code: 'API_ANSWER',
      message: `Catalogue refuses the request with HTTP ${status} (GET ${url})`,
    });
    expect(requests).toHaveLength(1);
  },
);
