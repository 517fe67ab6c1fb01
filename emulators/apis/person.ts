import { createHash } from 'node:crypto';
import { ANIMALS, COLOURS, PASSWORDS, TIMEZONES, TITLES } from './data/logins.ts';
import { type Nation, NATIONS } from './data/people.ts';
import type { Random } from './random.ts';

export type Nationality = keyof typeof NATIONS;

/** Fields of a user in the service's order. */
export const FIELDS = [
  'gender',
  'name',
  'location',
  'email',
  'login',
  'dob',
  'registered',
  'phone',
  'cell',
  'id',
  'picture',
  'nat',
] as const;

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890';
const PICTURES = 'https://randomuser.me/api/portraits';

/** The service's newest birthdays, registrations and so on lie before this instant. */
const LATEST_MS = Date.UTC(2022, 4, 23);
const EARLIEST_BIRTH_MS = Date.UTC(1944, 7, 25);
const EARLIEST_REGISTRATION_MS = Date.UTC(2002, 2, 21);
const ADULT_MS = 21 * 365 * 86_400_000;

/**
 * One person, with all fields.
 * @param now for ages, in ms since 1970
 */
export function user(
  random: Random,
  nat: Nationality,
  wantedGender: string | undefined,
  now: number,
): Record<(typeof FIELDS)[number], unknown> {
  const nation: Nation = NATIONS[nat];
  // Drawn even when it is not needed, so that the people of a seed are the same whatever else is asked for.
  const drawn = random.pick(['male', 'female']);
  const gender = wantedGender ?? drawn;
  const first = random.pick(gender === 'male' ? nation.male : nation.female);
  const last = random.pick(nation.last);
  const title = random.pick(TITLES);
  const login = loginOf(random);
  return {
    gender,
    name: { title: gender === 'male' ? 'Mr' : title, first, last },
    location: location(random, nation),
    email: `${ascii(`${first}.${last}`) || login.username}@example.com`,
    login,
    dob: dateWithAge(random.integer(EARLIEST_BIRTH_MS, LATEST_MS - ADULT_MS), now),
    registered: dateWithAge(random.integer(EARLIEST_REGISTRATION_MS, LATEST_MS), now),
    phone: random.fill(nation.phone),
    cell: random.fill(nation.phone),
    id: nation.id ? { name: nation.id[0], value: random.fill(nation.id[1]) } : { name: '', value: null },
    picture: picture(random, gender),
    nat,
  };
}

function location(random: Random, nation: Nation): object {
  return {
    street: { number: random.integer(1, 9999), name: random.pick(nation.streets) },
    city: random.pick(nation.cities),
    state: random.pick(nation.states),
    country: nation.country,
    // A number for most nations and a string for some, which is the service's own trap.
    postcode: nation.postcode === undefined ? random.integer(10_000, 99_999) : random.fill(nation.postcode),
    coordinates: {
      latitude: (random.next() * 180 - 90).toFixed(4),
      longitude: (random.next() * 360 - 180).toFixed(4),
    },
    timezone: random.pick<object>(TIMEZONES),
  };
}

function loginOf(random: Random): { readonly username: string; readonly [field: string]: string } {
  const password = random.pick(PASSWORDS);
  const salt = random.text(8, LETTERS);
  const hash = (algorithm: string): string =>
    createHash(algorithm)
      .update(password + salt)
      .digest('hex');
  const hex = (length: number): string => random.text(length, '0123456789abcdef');
  return {
    uuid: `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick('89ab')}${hex(3)}-${hex(12)}`,
    username: `${random.pick(COLOURS)}${random.pick(ANIMALS)}${random.integer(100, 999)}`,
    password,
    salt,
    md5: hash('md5'),
    sha1: hash('sha1'),
    sha256: hash('sha256'),
  };
}

function picture(random: Random, gender: string): object {
  const file = `${gender === 'male' ? 'men' : 'women'}/${random.integer(0, 96)}.jpg`;
  return { large: `${PICTURES}/${file}`, medium: `${PICTURES}/med/${file}`, thumbnail: `${PICTURES}/thumb/${file}` };
}

function dateWithAge(instant: number, now: number): { date: string; age: number } {
  const [then, today] = [new Date(instant), new Date(now)];
  const hadBirthday = today.toISOString().slice(5) >= then.toISOString().slice(5);
  return { date: then.toISOString(), age: today.getUTCFullYear() - then.getUTCFullYear() - (hadBirthday ? 0 : 1) };
}

/** Letters of an e-mail address; empty when the name is written in another script. */
function ascii(name: string): string {
  const plain = name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z.]/g, '');
  return plain.startsWith('.') || plain.endsWith('.') ? '' : plain;
}
