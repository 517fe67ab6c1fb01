import fc from 'fast-check';

export const integers = (bits: bigint): fc.Arbitrary<string> => {
  const [min, max] = [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  const edges = [min, min + 1n, -129n, -65n, -64n, -1n, 0n, 1n, 63n, 64n, 127n, 8191n, 8192n, max - 1n, max];
  const powers = fc.tuple(fc.bigInt({ min: 0n, max: bits - 2n }), fc.constantFrom(-1n, 0n, 1n), fc.boolean());
  const around = powers.map(([power, by, minus]) => (minus ? -(2n ** power) : 2n ** power) + by);
  return fc.oneof(fc.constantFrom(...edges), around, fc.bigInt({ min, max })).map(String);
};
/** Any text that Postgres takes: no NUL, no lone surrogate. */
export const texts = fc
  .oneof(
    fc.constantFrom(
      '',
      ' ',
      '\\',
      "'",
      '"',
      '\\x00',
      '{}',
      '\n',
      'é',
      '😀',
      '\uffff',
      'x'.repeat(97),
      'é'.repeat(5000),
    ),
    fc.string({ unit: 'binary', maxLength: 120 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
  )
  .map((text) => text.replaceAll('\0', ''));

/** Numbers of up to `whole` digits before the point and `scale` behind it, the largest ones among them. */
export function decimals(whole: number, scale: number): fc.Arbitrary<string> {
  const most = 10n ** BigInt(whole + scale) - 1n;
  const any = fc.bigInt({ min: -most, max: most });
  const size = fc.tuple(fc.integer({ min: 0, max: whole + scale }), fc.boolean(), fc.bigInt({ min: -2n, max: 2n }));
  const powers = size.map(([power, minus, by]) => (minus ? -1n : 1n) * 10n ** BigInt(power) + by);
  const bits = fc.integer({ min: 0, max: 250 }).map((power) => 2n ** BigInt(power));
  const signed = fc.tuple(bits, fc.constantFrom(1n, -1n), fc.constantFrom(-1n, 0n, 1n)).map(([a, b, c]) => a * b + c);
  return fc
    .oneof(fc.constantFrom(0n, 1n, -1n, most, -most), any, powers, signed)
    .map((value) => (value > most ? most : value < -most ? -most : value))
    .map((value) => {
      const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
      const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
      return `'${value < 0n ? '-' : ''}${text}'::numeric`;
    });
}

export const timestamps = fc.oneof(
  fc.constantFrom('0001-01-01 00:00:00', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:00', '2000-01-01 00:00:00'),
  fc.constantFrom(
    '1969-12-31 23:59:59.999999',
    '1901-12-13 20:45:52',
    '1999-12-31 23:59:59.999999',
    '0001-01-01 00:00:00.000001',
  ),
  fc
    .tuple(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), fc.integer({ min: 0, max: 999_999 }))
    .map(([second, micro]) => new Date(second * 1000).toISOString().slice(0, 19) + `.${String(micro).padStart(6, '0')}`)
    .map((text) => text.replace('T', ' ')),
);
/** As Postgres prints it a float reads back to the same bits; NaN is the only one without a single way to be written. */
export const floats = fc.oneof(
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '0', '-0', '5e-324', '-5e-324', '2.2250738585072009e-308'),
  fc.constantFrom('1.7976931348623157e308', '0.1', '4.9406564584124654e-324', '1e22', '123456789.123456789'),
  fc.double().map((value) => (Object.is(value, -0) ? '-0' : String(value))),
);
export const floats4 = fc.oneof(
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '-0', '1e-45', '1.17549421e-38', '3.4028235e38', '0.1'),
  fc.float().map((value) => (Object.is(value, -0) ? '-0' : String(value))),
);
export const times = fc.integer({ min: 0, max: 86_399_999_999 }).map((value) => {
  const text = new Date(Math.floor(value / 1000)).toISOString().slice(11, 23);
  return `${text}${String(value % 1000).padStart(3, '0')}`;
});
export const interval = fc
  .tuple(...[12, 40, 800, 5000, 59, 59, 999_999].map((max) => fc.integer({ min: -max, max })))
  .map(
    ([y, mo, d, h, mi, s, us]) =>
      `${y} years ${mo} months ${d} days ${h} hours ${mi} minutes ${s} seconds ${us} microseconds`,
  );
export const words = fc.array(fc.constantFrom('0', '0', '0', '1', 'ffff', 'abcd', '12', 'a0'), {
  minLength: 8,
  maxLength: 8,
});
export const inets = fc
  .tuple(
    fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      words.map((all) => all.join(':')),
      fc.ipV4().map((ip) => `::ffff:${ip}`),
      fc.ipV4().map((ip) => `::${ip}`),
    ),
    fc.option(fc.integer({ min: 0, max: 32 })),
  )
  .map(([ip, mask]) => (mask === null ? ip : `${ip}/${mask}`));
