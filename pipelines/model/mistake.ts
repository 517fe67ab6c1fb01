/** One thing that is wrong in a pipeline file: where it stands, what stands there, which rule it breaks, what to do. */
export interface Mistake {
  readonly file: string;
  readonly line: number;
  /** Path inside the file, e.g. `tables[2].cursor`; empty for the file as a whole. */
  readonly path: string;
  readonly value?: unknown;
  readonly rule: string;
  readonly hint?: string;
}

/** All mistakes found at once, so that nobody has to run the check once per typo. */
export class PipelineMistakes extends Error {
  override readonly name = 'PipelineMistakes';
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(formatMistake).join('\n'));
    this.mistakes = mistakes;
  }
}

export function formatMistake({ file, line, path, value, rule, hint }: Mistake): string {
  const where = path === '' ? `${file}:${line}` : `${file}:${line} ${path}`;
  const what = value === undefined ? '' : ` is ${JSON.stringify(value)}`;
  return `${where}${what}: ${rule}${hint === undefined ? '' : ` (${hint})`}`;
}

/** The closest of `allowed` to what was typed, when it is close enough to be a slip. */
export function closest(typed: string, allowed: readonly string[]): string | undefined {
  const ranked = allowed
    .map((word) => ({ word, distance: editDistance(typed.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, Math.floor(typed.length / 3)) ? best.word : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, char] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      const replace = (row[j] ?? 0) + (char === other ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** `['tables', 2, 'cursor']` as people write it: `tables[2].cursor`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
