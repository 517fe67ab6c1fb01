/** A number of a JSON text that a double would change, as it is written. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** As JSON.parse, but no number is rounded. @throws SyntaxError */
export function parseExact(text: string): unknown {
  // Each call gets the number's source text (ECMAScript's "JSON.parse source text access"), which the types lack yet.
  return JSON.parse(text, (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? new ExactNumber(context.source)
      : value,
  );
}

/** The text of a number as it was written; undefined for anything else. */
export function numberText(value: unknown): string | undefined {
  if (value instanceof ExactNumber) return value.text;
  return typeof value === 'number' ? String(value) : undefined;
}

/** The whole number that a JSON number stands for: `1`, `1.0` and `1e3` do, `1.5` does not. */
export function wholeNumber(value: unknown): bigint | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(numberText(value) ?? '') ?? [];
  if (whole === '') return undefined;
  const shift = Number(exponent);
  const digits = shift >= 0 ? fraction.padEnd(shift, '0') : fraction;
  if (shift < 0 || /[1-9]/.test(digits.slice(shift))) return undefined;
  return BigInt(`${sign}${whole}${digits.slice(0, shift)}`);
}
