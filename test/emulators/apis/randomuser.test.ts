import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { start } from '../../../emulators/apis/index.ts';
import { Clock } from '../../../emulators/kit/clock.ts';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { get } from './client.ts';

interface Users {
  readonly results: readonly User[];
  readonly info: { readonly seed: string; readonly results: number; readonly page: number; readonly version: string };
}

interface User {
  readonly gender: string;
  readonly name: { readonly title: string; readonly first: string; readonly last: string };
  readonly location: { readonly postcode: number | string };
  readonly email: string;
  readonly login: { readonly uuid: string; readonly password: string; readonly salt: string; readonly sha256: string };
  readonly dob: { readonly date: string; readonly age: number };
  readonly id: { readonly name: string; readonly value: string | null };
  readonly nat: string;
}

/** The clock stands (nearly) still, so that ages do. */
const clock = new Clock({ realOrigin: Date.now(), virtualOrigin: Date.UTC(2026, 0, 31), rate: 1e-9 });
let emulator: Emulator;
const users = async (query: string): Promise<Users> => (await get<Users>(emulator, `/api/${query}`)).body;

beforeAll(async () => {
  emulator = await start({ clock });
});

afterAll(async () => {
  await emulator.stop();
});

describe('GET /api/', () => {
  test('has the shape of the service, and one user unless told otherwise', async () => {
    const { status, headers, body } = await get<Users>(emulator, '/api/');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body.info).toEqual({ seed: expect.stringMatching(/^[0-9a-f]{16}$/), results: 1, page: 1, version: '1.4' });
    expect(body.results).toEqual([
      {
        gender: expect.stringMatching(/^(fe)?male$/),
        name: { title: expect.any(String), first: expect.any(String), last: expect.any(String) },
        location: {
          street: { number: expect.any(Number), name: expect.any(String) },
          city: expect.any(String),
          state: expect.any(String),
          country: expect.any(String),
          postcode: expect.anything(),
          coordinates: { latitude: expect.stringMatching(/^-?\d+\.\d{4}$/), longitude: expect.any(String) },
          timezone: { offset: expect.any(String), description: expect.any(String) },
        },
        email: expect.stringMatching(/^[a-z.0-9]+@example\.com$/),
        login: {
          uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
          username: expect.any(String),
          password: expect.any(String),
          salt: expect.stringMatching(/^.{8}$/),
          md5: expect.stringMatching(/^[0-9a-f]{32}$/),
          sha1: expect.stringMatching(/^[0-9a-f]{40}$/),
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        dob: { date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/), age: expect.any(Number) },
        registered: { date: expect.any(String), age: expect.any(Number) },
        phone: expect.any(String),
        cell: expect.any(String),
        id: { name: expect.any(String), value: expect.anything() },
        picture: { large: expect.any(String), medium: expect.any(String), thumbnail: expect.any(String) },
        nat: expect.stringMatching(/^[A-Z]{2}$/),
      },
    ]);
    expect((await get<Users>(emulator, '/api')).body.results).toHaveLength(1);
    expect((await get<Users>(emulator, '/api/1.4/?results=2')).body.results).toHaveLength(2);
  });

  test('the same seed and page bring the same people; another page brings others', async () => {
    const first = await users('?results=20&seed=alpha');
    expect(await users('?results=20&seed=alpha')).toEqual(first);
    expect(await users('?results=20&seed=alpha&page=1')).toEqual(first);
    expect((await users('?results=5&seed=alpha')).results).toEqual(first.results.slice(0, 5));
    const second = await users('?results=20&seed=alpha&page=2');
    expect(second.info).toEqual({ seed: 'alpha', results: 20, page: 2, version: '1.4' });
    expect(second.results).not.toEqual(first.results);
  });

  test('the seed that it drew brings the same people back, their single nationality included', async () => {
    const { info, results } = await users('?results=3');
    expect((await users(`?results=3&seed=${info.seed}`)).results).toEqual(results);
    expect((await users('?results=3')).results).not.toEqual(results);
    const french = await users('?results=3&nat=fr');
    expect(french.info.seed).toMatch(/^[0-9a-f]{18}$/);
    expect((await users(`?results=3&seed=${french.info.seed}`)).results).toEqual(french.results);
  });

  test('drawn seeds come in the same order after each start and reset', async () => {
    const other = await start({ clock });
    try {
      const first = (await get<Users>(other, '/api/')).body;
      const second = (await get<Users>(other, '/api/')).body;
      expect(second).not.toEqual(first);
      await fetch(`${other.env['RANDOMUSER_URL'] ?? ''}/emulator/v1/reset`, { method: 'POST' });
      expect((await get(other, '/api/')).body).toEqual(first);
    } finally {
      await other.stop();
    }
  });

  test('up to 5000 people come at once, and one for every other number', async () => {
    expect((await users('?results=5000&inc=nat')).results).toHaveLength(5000);
    for (const results of ['5001', '0', '-3', 'many', '', 'Infinity']) {
      expect((await users(`?results=${results}`)).info.results).toBe(1);
    }
  });

  test('nat chooses nationalities, and one that does not exist means all', async () => {
    const natsOf = async (nat: string): Promise<Set<string>> =>
      new Set((await users(`?results=300&inc=nat&seed=n&nat=${nat}`)).results.map((user) => user.nat));
    expect(await natsOf('gb')).toEqual(new Set(['GB']));
    expect(await natsOf('us,DE,us')).toEqual(new Set(['US', 'DE']));
    expect((await natsOf('us,xx')).size).toBe(21);
    expect((await natsOf('')).size).toBe(21);
  });

  test('gender chooses, except with a seed', async () => {
    const gendersOf = async (query: string): Promise<Set<string>> =>
      new Set((await users(`?results=60&${query}`)).results.map((user) => user.gender));
    expect(await gendersOf('gender=female')).toEqual(new Set(['female']));
    expect(await gendersOf('gender=other')).toEqual(new Set(['female', 'male']));
    expect(await gendersOf('gender=female&seed=x')).toEqual(new Set(['female', 'male']));
  });

  test('inc and exc choose fields without changing their values', async () => {
    const [whole] = (await users('?seed=alpha')).results;
    expect((await users('?seed=alpha&inc=email,%20NAT,nonsense')).results).toEqual([
      { email: whole?.email, nat: whole?.nat },
    ]);
    expect(Object.keys((await users('?seed=alpha&exc=login,picture')).results[0] ?? {})).toHaveLength(10);
    expect(Object.keys((await users('?seed=alpha&inc=nat&exc=nat')).results[0] ?? { none: 1 })).toEqual([]);
    expect(await users('?seed=alpha&noinfo&inc=nat')).toEqual({ results: [{ nat: whole?.nat }] });
  });

  test('values are consistent in themselves', async () => {
    for (const { dob, login, name, gender } of (await users('?results=200&seed=check')).results) {
      expect(
        createHash('sha256')
          .update(login.password + login.salt)
          .digest('hex'),
      ).toBe(login.sha256);
      expect(name.title === 'Mr').toBe(gender === 'male');
      const birthday = new Date(dob.date);
      birthday.setUTCFullYear(birthday.getUTCFullYear() + dob.age);
      expect(birthday.getTime()).toBeLessThanOrEqual(clock.now());
      birthday.setUTCFullYear(birthday.getUTCFullYear() + 1);
      expect(birthday.getTime()).toBeGreaterThan(clock.now());
    }
  });

  test('holds the awkward values of real answers', async () => {
    const { results } = await users('?results=500&seed=awkward');
    expect(new Set(results.map((user) => typeof user.location.postcode))).toEqual(new Set(['number', 'string']));
    expect(results.some((user) => user.id.value === null && user.id.name === '')).toBe(true);
    expect(results.some((user) => user.name.last.includes("'"))).toBe(true);
    expect(results.some((user) => /\p{Script=Arabic}/u.test(user.name.first))).toBe(true);
    expect(new Set(results.map((user) => user.login.uuid)).size).toBe(500);
  });

  test('a version and a format it lacks are refused', async () => {
    expect((await fetch(`${emulator.env['RANDOMUSER_URL'] ?? ''}/api/9.9/`)).status).toBe(404);
    expect((await get(emulator, '/api/?format=csv')).status).toBe(501);
    expect((await users('?page=20000&seed=alpha')).info.page).toBe(1);
  });
});
