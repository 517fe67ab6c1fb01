import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { listen } from '../../../emulators/kit/http.ts';
import { start } from './hello.ts';

let emulator: Emulator;
let stderr: string;

beforeEach(async () => {
  stderr = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  emulator = await start();
});

afterEach(async () => {
  await emulator.stop();
  jest.restoreAllMocks();
});

const host = (): string => emulator.env['HELLO_EMULATOR_HOST'] ?? '';
const post = async (path: string, body: string | Buffer<ArrayBuffer>): Promise<Response> =>
  await fetch(`http://${host()}${path}`, { method: 'POST', body });

describe('the server', () => {
  test('answers JSON, with its length', async () => {
    const response = await fetch(`http://${host()}/v1/greetings/w%C3%B6rld`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=UTF-8']);
    const text = await response.text();
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(JSON.parse(text)).toMatchObject({ greeting: 'hello, wörld', greetings: 1 });
  });

  test('answers an ApiError with its code and envelope', async () => {
    const response = await fetch(`http://${host()}/v1/greetings/nobody`);
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { code: 404, status: 'NOT_FOUND' } },
    ]);
    expect(stderr).toBe('');
  });

  test('answers a bug with 500 and says so, and goes on', async () => {
    const response = await fetch(`http://${host()}/v1/greetings/you?broken`);
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { error: { status: 'INTERNAL', message: 'a bug' } },
    ]);
    expect(stderr).toBe('hello: a bug\n');
    expect((await fetch(`http://${host()}/v1/greetings/you`)).status).toBe(200);
  });

  test('cuts off an answer that breaks in the middle', async () => {
    await expect(post('/v1/half', '').then(async (response) => await response.text())).rejects.toThrow(
      /terminated|fetch failed/,
    );
  });

  test('answers 501 to what it lacks', async () => {
    const response = await fetch(`http://${host()}/v1/nothing`, { method: 'PATCH' });
    expect([response.status, await response.json()]).toMatchObject([
      501,
      { error: { status: 'UNIMPLEMENTED', message: expect.stringContaining('does not implement PATCH /v1/nothing') } },
    ]);
  });

  test('answers nothing when there is nothing to say', async () => {
    const response = await fetch(`http://${host()}/v1/greetings`, { method: 'DELETE' });
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  test.each([
    ['{"a":[1,"ü"]}', { a: [1, 'ü'] }],
    ['', {}],
    [' {} ', {}],
  ])('reads %j', async (body, expected) => {
    expect(await (await post('/v1/echo', body)).json()).toEqual(expected);
  });

  test.each(['{"a":', '[]', 'null', '5', '"text"'])('refuses %j for a JSON object', async (body) => {
    const response = await post('/v1/echo', body);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT' } }]);
  });

  test('reads bytes as they are, in chunks or not, and knows the host it was called by', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
    const response = await post('/v1/bytes', bytes);
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    expect(response.headers.get('x-origin')).toBe(`http://${host()}`);
  });

  test('refuses a body beyond 32 MiB', async () => {
    const status = await new Promise<number | string>((resolve) => {
      const [hostname = '', port = ''] = host().split(':');
      const request = httpRequest({ hostname, port, method: 'POST', path: '/v1/bytes' }, (response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      // The server may close the connection before all of it is sent.
      request.on('error', (error) => {
        resolve(error.message);
      });
      request.end(Buffer.alloc(32 * 1024 * 1024 + 1));
    });
    expect(status).toBe(400);
  });
});

describe('listen', () => {
  test('names the port that is occupied', async () => {
    const port = Number(host().split(':')[1]);
    await expect(listen(createServer(), port)).rejects.toThrow(
      `port ${port} on 127.0.0.1 is occupied; free it or let the local cloud choose (port 0)`,
    );
  });

  test('a stop ends open connections, and a second one is none', async () => {
    const response = await fetch(`http://${host()}/v1/greetings/you`);
    await response.body?.cancel();
    await emulator.stop();
    await emulator.stop();
    await expect(fetch(`http://${host()}/`)).rejects.toThrow('fetch failed');
  });
});
