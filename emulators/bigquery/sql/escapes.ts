import { invalidQuery } from '../errors.ts';

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/g;
const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

/** The characters that a string literal's body stands for: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#escape_sequences */
export function decodeString(body: string, raw: boolean): string {
  if (raw) return body;
  return body.replace(ESCAPE, (whole, x?: string, X?: string, u?: string, U?: string, octal?: string, one?: string) => {
    const hex = x ?? X ?? u ?? U;
    if (hex !== undefined) return codePoint(parseInt(hex, 16), whole);
    if (octal !== undefined) return codePoint(parseInt(octal, 8), whole);
    return simple(one ?? '', whole);
  });
}

/** The same for a bytes literal, where `\xff` is one byte and a plain character its UTF-8 bytes. */
export function decodeBytes(body: string, raw: boolean): Buffer {
  if (raw) return Buffer.from(body, 'utf8');
  const parts: Buffer[] = [];
  let from = 0;
  for (const found of body.matchAll(ESCAPE)) {
    parts.push(Buffer.from(body.slice(from, found.index), 'utf8'));
    from = found.index + found[0].length;
    const [whole, x, X, u, U, octal, one] = found;
    if (u !== undefined || U !== undefined) throw invalidQuery(`Illegal escape sequence: ${whole} in a bytes literal`);
    const hex = x ?? X;
    if (hex !== undefined) parts.push(Buffer.from([parseInt(hex, 16)]));
    else if (octal !== undefined) parts.push(Buffer.from([parseInt(octal, 8) & 255]));
    else parts.push(Buffer.from(simple(one ?? '', whole), 'latin1'));
  }
  parts.push(Buffer.from(body.slice(from), 'utf8'));
  return Buffer.concat(parts);
}

function simple(letter: string, whole: string): string {
  const found = SIMPLE[letter];
  if (found === undefined) throw invalidQuery(`Syntax error: Illegal escape sequence: ${whole}`);
  return found;
}

function codePoint(code: number, whole: string): string {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw invalidQuery(`Syntax error: Illegal escape sequence: ${whole} is no Unicode character`);
  }
  return String.fromCodePoint(code);
}
