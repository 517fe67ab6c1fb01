import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { start } from '../../../emulators/apis/index.ts';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { disposable } from '../kit/disposable.ts';
import { get, putFault } from './client.ts';

let emulator: Emulator;
const subject = async (signal?: AbortSignal): Promise<Response> =>
  await fetch(`${emulator.env['OPENLIBRARY_URL'] ?? ''}/subjects/love.json`, signal ? { signal } : {});
const users = async (): Promise<Response> => await fetch(`${emulator.env['RANDOMUSER_URL'] ?? ''}/api/`);

beforeAll(async () => {
  emulator = await start();
});

beforeEach(async () => {
  await fetch(`${emulator.env['OPENLIBRARY_URL'] ?? ''}/emulator/v1/reset`, { method: 'POST' });
});

afterAll(async () => {
  await emulator.stop();
});

describe('PUT /emulator/v1/faults', () => {
  test('down: the connection is reset, as often as asked and for that API alone', async () => {
    await putFault(emulator, { api: 'openlibrary', mode: 'down', times: 2 });
    await expect(subject()).rejects.toThrow('fetch failed');
    expect((await users()).status).toBe(200);
    await expect(subject()).rejects.toThrow('fetch failed');
    expect((await subject()).status).toBe(200);
  });

  test('unavailable: 503, until it is set to none', async () => {
    await putFault(emulator, { api: 'randomuser', mode: 'unavailable' });
    for (let i = 0; i < 3; i++) expect((await users()).status).toBe(503);
    expect((await subject()).status).toBe(200);
    await putFault(emulator, { api: 'randomuser', mode: 'none' });
    expect((await users()).status).toBe(200);
  });

  test('rate-limited: 429 with Retry-After', async () => {
    await putFault(emulator, { api: 'openlibrary', mode: 'rate-limited', times: 1, retryAfterSeconds: 7 });
    const refused = await subject();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await subject()).status).toBe(200);
  });

  test('slow: the right answer, late', async () => {
    await putFault(emulator, { api: 'openlibrary', mode: 'slow', delayMs: 150, times: 1 });
    const began = Date.now();
    expect(((await (await subject()).json()) as { name: string }).name).toBe('love');
    expect(Date.now() - began).toBeGreaterThanOrEqual(149);
  });

  test('slow: who gives up is let go, and a stop does not wait', async () => {
    await using other = disposable(await start());
    await putFault(other, { api: 'openlibrary', mode: 'slow', delayMs: 600_000 });
    await expect(
      fetch(`${other.env['OPENLIBRARY_URL'] ?? ''}/subjects/love.json`, { signal: AbortSignal.timeout(50) }),
    ).rejects.toThrow('timeout');
    const held = fetch(`${other.env['OPENLIBRARY_URL'] ?? ''}/subjects/love.json`).catch(() => 'cut off');
    // The fault is taken when the request has arrived, so one that is answered tells that the other is being held.
    await get(other, '/emulator/v1/faults');
    await other.stop();
    expect(await held).toBe('cut off');
  });

  test('nonsense: 200 with what is not JSON', async () => {
    await putFault(emulator, { api: 'openlibrary', mode: 'nonsense' });
    await putFault(emulator, { api: 'randomuser', mode: 'nonsense' });
    const [html, broken] = await Promise.all([subject(), users()]);
    expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html']);
    await expect(html.json()).rejects.toThrow('is not valid JSON');
    expect([broken.status, broken.headers.get('content-type')]).toEqual([200, 'application/json']);
    await expect(broken.json()).rejects.toThrow('Unterminated string');
  });

  test('wrong-shape: JSON without what one came for', async () => {
    await putFault(emulator, { api: 'openlibrary', mode: 'wrong-shape' });
    await putFault(emulator, { api: 'randomuser', mode: 'wrong-shape' });
    const [first, second] = await Promise.all([subject(), users()]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await first.json()).not.toHaveProperty('works');
    expect(await second.json()).not.toHaveProperty('results');
  });

  test('shows what is set, and a reset clears it', async () => {
    const set = await putFault(emulator, { api: 'openlibrary', mode: 'slow', delayMs: 5, times: 3 });
    expect(set.body).toMatchObject({
      openlibrary: { mode: 'slow', delayMs: 5, times: 3 },
      randomuser: { mode: 'none' },
    });
    await subject();
    expect((await get(emulator, '/emulator/v1/faults')).body).toMatchObject({ openlibrary: { times: 2 } });
    await fetch(`${emulator.env['OPENLIBRARY_URL'] ?? ''}/emulator/v1/reset`, { method: 'POST' });
    expect((await get(emulator, '/emulator/v1/faults')).body).toMatchObject({ openlibrary: { mode: 'none' } });
  });

  test.each([
    [{ mode: 'down' }, 'api is absent: must be one of openlibrary, randomuser'],
    [{ api: 'coingecko', mode: 'down' }, 'api is "coingecko": must be one of'],
    [{ api: 'openlibrary', mode: 'broken' }, 'mode is "broken": must be one of none, down'],
    [{ api: 'openlibrary', mode: 'down', times: 0 }, 'times is 0: must be an integer from 1'],
    [{ api: 'openlibrary', mode: 'slow' }, 'mode "slow" needs delayMs'],
    [{ api: 'openlibrary', mode: 'slow', delayMs: '5' }, 'delayMs is "5": must be an integer from 0 to 600000'],
  ])('refuses %j', async (fault, message) => {
    const { status, body } = await putFault(emulator, fault);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) } });
    expect((await subject()).status).toBe(200);
  });
});
