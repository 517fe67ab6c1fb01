import type { Clock } from '../kit/clock.ts';
import { unimplemented } from '../kit/errors.ts';
import type { Reply, Request } from '../kit/router.ts';
import { NATIONS } from './data/people.ts';
import { RANDOMUSER } from './limits.ts';
import { FIELDS, type Nationality, user } from './person.ts';
import { Random } from './random.ts';

const NATIONALITIES = Object.keys(NATIONS) as [Nationality, ...Nationality[]];
const VERSIONS = ['1.4'];

/** Seeds are 16 characters; 18 when the service wrote a nationality into the last two. */
const SEED_LENGTH = 16;
const SEED_WITH_NATIONALITY_LENGTH = 18;

/**
 * `GET /api/`: people, the same for the same seed, page and nationality. Parameters that are no good are not refused but
 * replaced, as the service does: https://randomuser.me/documentation
 * @param freshSeed what seeds a request that names no seed
 */
export function getUsers(request: Request, clock: Clock, freshSeed: () => string): Reply {
  const { version } = request.params;
  if (version !== undefined && !VERSIONS.includes(version)) {
    return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found' };
  }
  const query = (name: string): string => request.query.getAll(name).at(-1) ?? '';
  const format = (query('format') || query('fmt') || 'json').toLowerCase();
  if (!['json', 'pretty', 'prettyjson'].includes(format)) throw unimplemented('apis', `randomuser's format=${format}`);

  const results = number(query('results'), 1, RANDOMUSER.MAX_RESULTS);
  const page = number(query('page'), 0, RANDOMUSER.MAX_PAGE) || 1;
  const asked = query('seed');
  const seed = asked || freshSeed();
  const nationalities = chosenNationalities(seed, query('nat') || query('nationality'));
  const gender = asked === '' && ['male', 'female'].includes(query('gender')) ? query('gender') : undefined;
  const fields = chosenFields(query('inc'), query('exc'));

  const random = new Random(
    'users',
    seed.length === SEED_WITH_NATIONALITY_LENGTH ? seed.slice(0, SEED_LENGTH) : seed,
    page,
  );
  const people = Array.from({ length: Math.ceil(results) }, () => {
    const person = user(random, random.pick(nationalities ?? NATIONALITIES), gender, clock.now());
    return Object.fromEntries(fields.map((field) => [field, person[field]]));
  });
  const info = { seed: reportedSeed(seed, nationalities), results, page, version: RANDOMUSER.VERSION };
  const body = { results: people, ...(request.query.has('noinfo') ? {} : { info }) };
  return {
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' },
    body: format === 'json' ? body : JSON.stringify(body, null, 2),
  };
}

/** @returns 1 for what is not a number from `min` to `max` */
function number(text: string, min: number, max: number): number {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) || value < min || value > max ? 1 : value;
}

/** One unknown nationality among those asked for and all are in, as in the service. */
function chosenNationalities(seed: string, text: string): [Nationality, ...Nationality[]] | undefined {
  if (seed.length === SEED_WITH_NATIONALITY_LENGTH) {
    const fixed = NATIONALITIES[Number.parseInt(seed.slice(SEED_LENGTH), 16)];
    if (fixed) return [fixed];
  }
  const asked = text
    .toUpperCase()
    .split(',')
    .filter((name) => name !== '');
  const [first, ...rest] = asked.filter(isNationality);
  return first !== undefined && rest.length + 1 === asked.length ? [first, ...rest] : undefined;
}

function isNationality(name: string): name is Nationality {
  return Object.hasOwn(NATIONS, name);
}

/** The service appends a single nationality to the seed, so that the seed alone brings the same people back. */
function reportedSeed(seed: string, nationalities: readonly Nationality[] | undefined): string {
  const [only, ...others] = nationalities ?? [];
  if (only === undefined || others.length > 0 || seed.length !== SEED_LENGTH) return seed;
  return seed + NATIONALITIES.indexOf(only).toString(16).padStart(2, '0');
}

/** `inc` minus `exc`, in the service's order; a field it does not know is left out without a word. */
function chosenFields(inc: string, exc: string): (typeof FIELDS)[number][] {
  const names = (text: string): string[] => text.split(',').map((name) => name.trim().toLowerCase());
  const [included, excluded] = [names(inc), names(exc)];
  return FIELDS.filter((field) => (inc === '' || included.includes(field)) && !excluded.includes(field));
}
