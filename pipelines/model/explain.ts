import { z } from 'zod';
import { CURSOR_HINT, cursorForms, meantForm } from './cursor.ts';
import { closest, formatPath, type Mistake } from './mistake.ts';
import { expectationNames } from './pipeline.ts';

/** A file that its schema refused. */
export interface Refused {
  readonly file: string;
  readonly declared: unknown;
  readonly schema: z.ZodType;
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/** What zod found wrong, in the words of a mistake. */
export function explain(refused: Refused, issue: z.core.$ZodIssue): Mistake[] {
  const { file, declared, lineOf } = refused;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const found = { file, line: lineOf(path), path: formatPath(path), rule: 'there is no such setting' };
      return { ...found, hint: suggest(key, settingsAt(refused.schema, issue.path)) };
    });
  }
  if (issue.code === 'invalid_union') {
    return issue.path.at(-1) === 'cursor' ? explainCursor(refused, issue) : explainExpectation(refused, issue);
  }
  const value = valueAt(declared, issue.path);
  const found = { file, line: lineOf(issue.path), path: formatPath(issue.path), rule: issue.message };
  if (value === undefined && issue.path.length > 0) {
    return [{ ...found, rule: `is missing. ${issue.message.replace(/, received undefined$/, '')}` }];
  }
  return [value === undefined || typeof value === 'object' ? found : { ...found, value }];
}

/** A cursor is a word or one of several objects, and the setting that it has says which was meant. */
function explainCursor(refused: Refused, issue: z.core.$ZodIssueInvalidUnion): Mistake[] {
  const declared = valueAt(refused.declared, issue.path);
  const meant = issue.errors[cursorForms.indexOf(meantForm(declared) ?? '')];
  if (meant) return meant.flatMap((inner) => explain(refused, { ...inner, path: [...issue.path, ...inner.path] }));
  const found = { file: refused.file, line: refused.lineOf(issue.path), path: formatPath(issue.path) };
  const rule = `${declared === undefined ? 'is missing. A' : 'a'} cursor is a string or an object that says how a run knows what is new`;
  const value = declared === undefined || typeof declared === 'object' ? {} : { value: declared };
  return [{ ...found, ...value, rule, hint: CURSOR_HINT }];
}

/** The other union in a pipeline is an expectation, and its name says which branch was meant. */
function explainExpectation(refused: Refused, issue: z.core.$ZodIssueInvalidUnion): Mistake[] {
  const declared = valueAt(refused.declared, issue.path);
  const [name = ''] = typeof declared === 'string' ? [declared] : Object.keys(declared ?? {});
  const meant = issue.errors[expectationNames.indexOf(name)];
  if (meant) {
    return meant.flatMap((inner) => explain(refused, { ...inner, path: [...issue.path, ...inner.path] }));
  }
  const found = { file: refused.file, line: refused.lineOf(issue.path), path: formatPath(issue.path), value: name };
  return [{ ...found, rule: 'there is no such expectation', hint: suggest(name, expectationNames) }];
}

function suggest(typed: string, allowed: readonly string[]): string {
  if (allowed.includes(typed)) return 'one expectation to an entry of the list';
  const near = closest(typed, allowed);
  return near === undefined ? `there are: ${allowed.join(', ')}` : `did you mean "${near}"?`;
}

/** The settings that the schema allows in the object at `path`. */
function settingsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return settingsAt(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => settingsAt(option, path));
  const [first, ...rest] = path;
  if (schema instanceof z.ZodArray) return settingsAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (first === undefined) return Object.keys(schema.shape);
  const inner = schema.shape[String(first)] as z.core.$ZodType | undefined;
  return inner ? settingsAt(inner, rest) : [];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], value);
}
