import { ApiError } from '../kit/errors.ts';

/**
 * Compiles `matchGlob`: `*` and `?` stop at slashes, `**` does not, `[a-z]`, `[!a]`, `{one,two}`, `\` escapes
 * (https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob).
 * @throws ApiError 400
 */
export function compileGlob(glob: string): RegExp {
  const tokens = glob.match(/\*\*\/|\*\*|\\.|\[[!^]?[^\]]+\]|[^]/gu) ?? [];
  let depth = 0;
  const source = tokens.map((token) => {
    if (token === '{') depth++;
    if (token === '}' && depth-- === 0) throw invalid(glob);
    return translate(token, depth);
  });
  if (depth !== 0) throw invalid(glob);
  try {
    return new RegExp(`^${source.join('')}$`, 'su');
  } catch {
    throw invalid(glob);
  }
}

function translate(token: string, depth: number): string {
  if (token === '**/') return '(?:.*/)?';
  if (token === '**') return '.*';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  if (token === '{') return '(?:';
  if (token === '}') return ')';
  if (token === ',' && depth > 0) return '|';
  if (token.startsWith('[') && token.length > 1)
    return `[${token.slice(1, -1).replace(/^!/, '^').replace(/[\\[]/g, '\\$&')}]`;
  return (token.startsWith('\\') && token.length > 1 ? token.slice(1) : token).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function invalid(glob: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', `Invalid value at 'matchGlob': "${glob}" is not a glob`, {
    location: 'matchGlob',
  });
}
