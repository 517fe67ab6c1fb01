import fc from 'fast-check';

/** Words that mean something to JavaScript, to a parser, or to a service behind it. */
const AWKWARD_TEXT = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '~',
  '<<',
  '*',
  '..',
  '../../etc/passwd',
  '/',
  '%00',
  '\0',
  '\ufeff',
  '\u2028',
  '\ud800',
  'é',
  '🦆',
  "'; drop table run; --",
  '`',
  '${x}',
  '1e400',
  '0x10',
  '-',
  'x'.repeat(300),
  '🦆'.repeat(2000),
];
export const awkwardText = fc.oneof(
  fc.constantFrom(...AWKWARD_TEXT),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

export const awkwardNumber = fc.oneof(
  fc.constantFrom(0, -0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, Number.MIN_VALUE),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Any JSON value: mostly small, now and then deeper or longer than anybody writes by hand. */
export const awkwardJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: awkwardText },
  { weight: 2, arbitrary: awkwardNumber },
  { weight: 3, arbitrary: fc.constantFrom(null, true, false, [], {}, [[]], [null], { a: null }) },
  { weight: 2, arbitrary: fc.array(awkwardText, { maxLength: 3 }) },
  { weight: 2, arbitrary: fc.dictionary(awkwardText, awkwardNumber, { maxKeys: 3 }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(20, 200).map((depth) => nest(depth)) },
);

/** A list in a list in a list … */
export function nest(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}
