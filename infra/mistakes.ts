import type { z } from 'zod';
import { closest, formatPath } from '../pipelines/model/mistake.ts';
import { functionNames } from '../pipelines/model/names.ts';
import { commandFor, secretSettings, settingNames } from './settings.ts';

const SIZES = ['memoryMiB', 'maxInstances'];

/** Each as setting, value, rule, and the command that mends it. Unknown settings are told by who knows them all. */
export function mistakesIn(error: z.ZodError, given: Readonly<Record<string, string>>): string[] {
  return error.issues.flatMap((issue) => {
    const name = settingNames.find((known) => known === issue.path[0]);
    if (name === undefined) return [];
    return subjects(issue).map(({ path, rule, isPart = true }) => {
      const value = secretSettings.includes(name) ? undefined : valueAt(given[name] ?? '', path.slice(1));
      const what = value === undefined ? '' : ` is ${JSON.stringify(value)}`;
      const place = formatPath(path);
      const mend = isPart
        ? commandFor(name, path.length > 2 ? place : undefined)
        : `pulumi config rm --path '${place}'`;
      return `alir:${place}${what}: ${rule}; ${mend}`;
    });
  });
}

interface Subject {
  readonly path: readonly PropertyKey[];
  readonly rule: string;
  /** False when nothing may stand there at all. */
  readonly isPart?: boolean;
}

/** zod tells of a key at its parent. */
function subjects(issue: z.core.$ZodIssue): Subject[] {
  const stranger = (path: readonly PropertyKey[], allowed: readonly string[]): Subject => {
    const meant = closest(String(path.at(-1)), allowed);
    return {
      path,
      rule: `there is no such part (${meant === undefined ? `there are: ${allowed.join(', ')}` : `did you mean ${meant}?`})`,
      isPart: false,
    };
  };
  if (issue.code === 'unrecognized_keys') {
    const allowed = issue.path.length === 1 ? functionNames : SIZES;
    return issue.keys.map((key) => stranger([...issue.path, key], allowed));
  }
  if (issue.code === 'invalid_key') return [stranger(issue.path, functionNames)];
  return [{ path: issue.path, rule: issue.message }];
}

/** What stands at a place of a setting, if it can be shown; a part that is not there is not. */
function valueAt(text: string, path: readonly PropertyKey[]): unknown {
  if (path.length === 0) return text;
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    JSON.parse(text),
  );
}
