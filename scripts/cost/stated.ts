import { isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { formatPath, type Mistake, PipelineMistakes } from '../../pipelines/model/mistake.ts';
import type { Catalog } from '../../pipelines/model/read.ts';
import { checkKey, hint, type StatedVolume } from './volumes.ts';

const amount = (what: string) => z.number(`${what} is a number`).min(0, `${what} is 0 or more`).optional();
const volumeSchema = z.strictObject({
  rows: amount('rows'),
  newRows: amount('newRows'),
  rowBytes: amount('rowBytes'),
  tableRows: amount('tableRows'),
});
const SETTINGS = Object.keys(volumeSchema.shape);

/** `library.rent=50000`, as `--rows` takes it. @throws Error naming what was typed and what would be right */
export function parseRows(text: string): readonly [key: string, volume: StatedVolume] {
  const [key = '', value = ''] = text.split(/=(.*)/s);
  const rows = value.trim() === '' ? Number.NaN : Number(value);
  if (key === '' || !Number.isFinite(rows) || rows < 0) {
    throw new Error(`--rows ${text}: write <pipeline>.<table>=<rows per run>, a number of 0 or more`);
  }
  return [key, { rows }];
}

/**
 * Reads a volumes file: `<pipeline>.<table>: <rows>`, or a map of settings.
 * @throws PipelineMistakes listing every mistake with file, line, value and rule
 */
export function parseVolumes(file: string, text: string, catalog: Catalog): Map<string, StatedVolume> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const mistakes: Mistake[] = document.errors.map((error) => notYaml(file, error, error.linePos?.[0].line));
  if (mistakes.length > 0) throw new PipelineMistakes(mistakes);
  const root = document.contents;
  if (root === null) return new Map();
  if (!isMap(root)) {
    const rule = 'a volumes file maps tables to rows per run, e.g. library.rent: 50000';
    throw new PipelineMistakes([{ file, line: 1, path: '', rule }]);
  }
  const declared = toObject(file, document);
  const volumes = new Map<string, StatedVolume>();
  for (const { key, value } of root.items) {
    const name = String(key);
    const settings = isMap(value)
      ? new Map(value.items.map((item) => [String(item.key), item.key.range[0]]))
      : undefined;
    const lineOf = (setting: PropertyKey = ''): number =>
      lines.linePos(settings?.get(String(setting)) ?? key.range[0]).line;
    const parsed = volumeSchema.safeParse(settings ? declared[name] : { rows: declared[name] });
    if (parsed.success) volumes.set(name, parsed.data);
    else mistakes.push(...parsed.error.issues.flatMap((issue) => explain(issue, file, name, declared[name], lineOf)));
    try {
      checkKey(catalog, name);
    } catch (error) {
      mistakes.push({ file, line: lineOf(), path: '', rule: (error as Error).message });
    }
  }
  if (mistakes.length > 0) throw new PipelineMistakes(mistakes);
  return volumes;
}

/** An alias without its anchor is found only here. */
function toObject(file: string, document: { toJS(): unknown }): Record<string, unknown> {
  try {
    return document.toJS() as Record<string, unknown>;
  } catch (error) {
    throw new PipelineMistakes([notYaml(file, error as Error)]);
  }
}

function notYaml(file: string, error: Error, line = 1): Mistake {
  return { file, line, path: '', rule: `not YAML: ${error.message.split('\n')[0] ?? ''}` };
}

function explain(
  issue: z.core.$ZodIssue,
  file: string,
  name: string,
  declared: unknown,
  lineOf: (setting?: PropertyKey) => number,
): Mistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      file,
      line: lineOf(key),
      path: formatPath([name, key]),
      rule: 'there is no such setting',
      hint: hint(key, SETTINGS),
    }));
  }
  const [setting] = issue.path;
  const nested = typeof declared === 'object' && declared !== null;
  const value = nested ? (declared as Record<PropertyKey, unknown>)[setting ?? ''] : declared;
  const path = formatPath(nested ? [name, ...issue.path] : [name]);
  return [{ file, line: lineOf(setting), path, value, rule: issue.message }];
}
