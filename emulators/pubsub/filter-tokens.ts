import { invalid } from './checks.ts';

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(!=|[=:.,()-])|([A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?))/y;

/**
 * Cuts a filter into strings (with their quotes), operators and words.
 * @throws ApiError INVALID_ARGUMENT
 */
export function tokenize(source: string): string[] {
  const tokens: string[] = [];
  const text = source.trimEnd();
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) throw invalid(`Invalid filter "${source}": cannot read "${text.slice(at)}".`);
    tokens.push(found[1] ?? found[2] ?? found[3] ?? '');
  }
  return tokens;
}

/** Undoes backslash escapes: a character itself, Unicode (\u, \U), hexadecimal (\x) and octal (three digits). */
export function unescape(text: string, error: (reason: string) => Error): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{3})|(.))/gsu,
    (_, u?: string, long?: string, hex?: string, octal?: string, character?: string) => {
      if (character !== undefined)
        return ({ n: '\n', r: '\r', t: '\t' } as Record<string, string>)[character] ?? character;
      const code = octal === undefined ? parseInt(u ?? long ?? hex ?? '', 16) : parseInt(octal, 8);
      if (code > 0x10ffff) throw error('an escape is beyond Unicode');
      return String.fromCodePoint(code);
    },
  );
}
