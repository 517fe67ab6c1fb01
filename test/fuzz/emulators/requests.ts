import fc from 'fast-check';
import { mutated, mutatedText } from '../mutations.ts';
import { awkwardJson, awkwardText } from '../values.ts';
import type { Sample } from './sample.ts';

/** A request as its bytes say it; `target` is the path with its query. */
export interface Spoilt {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
const HEADERS = [
  'content-type',
  'content-range',
  'content-encoding',
  'range',
  'x-goog-hash',
  'x-upload-content-length',
  'if-none-match',
  'authorization',
  'host',
];
/** https://www.rfc-editor.org/rfc/rfc9110#section-5.5: what a field may hold. */
const headerValue = fc
  .oneof(
    fc.constantFrom('bytes=5-1', 'bytes 9-1/*', 'bytes */9999999999999999', 'gzip', '1e9', 'x; boundary='),
    awkwardText,
  )
  .map((text) => text.replace(/[^\x20-\x7e]/g, '').slice(0, 200));
const PIECES = ['\0', '"', '{', '[', ',', '\r\n', '--x', '--x--', 'null', '1e400'];

/** A sample with one to three of its parts changed. */
export function spoilt(samples: readonly Sample[]): fc.Arbitrary<Spoilt> {
  return fc.constantFrom(...samples).chain((sample) =>
    fc
      .record({
        method: rarely(fc.constantFrom(...METHODS), sample.method),
        target: target(sample),
        headers: rarely(fc.dictionary(fc.constantFrom(...HEADERS), headerValue, { maxKeys: 2 }), {}),
        body: body(sample.body),
      })
      .map(({ method, target, headers, body }) => ({
        method,
        target,
        body,
        headers: { ...sample.headers, ...headers },
      })),
  );
}

function rarely<T>(changed: fc.Arbitrary<T>, otherwise: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary: changed });
}

function target({ path, verb = '', query = {} }: Sample): fc.Arbitrary<string> {
  const plain = path.join('/');
  const segment = awkwardText.map((text) => encodeURIComponent(text.slice(0, 300).toWellFormed()));
  const other = fc
    .tuple(fc.nat({ max: path.length - 1 }), segment)
    .map(([at, text]) => path.map((part, index) => (index === at ? text : part)).join('/'));
  const raw = fc.constantFrom(
    '',
    '/',
    '//',
    '%',
    '%ff',
    `${plain}/`,
    `${plain}%2`,
    `${plain}//x`,
    '../../etc/passwd',
    ':',
    '*',
  );
  const parameters = fc.oneof(
    { weight: 2, arbitrary: fc.constant<unknown>(query) },
    { weight: 3, arbitrary: Object.keys(query).length === 0 ? fc.constant<unknown>({}) : mutated(query) },
  );
  return fc
    .tuple(
      fc.oneof(
        { weight: 16, arbitrary: fc.constant(plain) },
        { weight: 3, arbitrary: other },
        { weight: 1, arbitrary: raw },
      ),
      parameters,
    )
    .map(([where, given]) => `/${where}${verb}${queryText(given)}`);
}

function queryText(given: unknown): string {
  const entries = Object.entries(given as Record<string, unknown>).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
    return `${encodeURIComponent(name.slice(0, 100).toWellFormed())}=${encodeURIComponent(text.slice(0, 400).toWellFormed())}`;
  });
  return entries.length === 0 ? '' : `?${entries.join('&')}`;
}

function body(good: unknown): fc.Arbitrary<Buffer> {
  const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
  const anything = fc.oneof(
    awkwardJson.map((value) => Buffer.from(JSON.stringify(value))),
    bytes,
    fc.constant(Buffer.from(`{"a":${'['.repeat(50_000)}`)),
  );
  if (good === undefined) return rarely(anything, Buffer.alloc(0));
  const text = typeof good === 'string' ? good : JSON.stringify(good);
  const changed = typeof good === 'string' ? fc.constant(good) : mutated(good).map((value) => JSON.stringify(value));
  return fc.oneof(
    { weight: 6, arbitrary: changed.map((value) => Buffer.from(value)) },
    { weight: 2, arbitrary: mutatedText(text, PIECES).map((value) => Buffer.from(value)) },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: fc.constant(Buffer.from(text)) },
  );
}
