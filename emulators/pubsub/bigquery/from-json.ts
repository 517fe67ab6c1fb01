import { ExactNumber, numberText, parseExact, wholeNumber } from '../schemas/exact-json.ts';
import { byName, type Column, kindOf } from './table.ts';
import { dateText, timestampText, Unwritable } from './times.ts';

/**
 * How a JSON message becomes a row by the table's own schema:
 * https://cloud.google.com/pubsub/docs/create-bigquery-subscription#use-table-schema
 * @throws Unwritable
 */
export function cellsOfJson(data: Buffer, columns: readonly Column[], dropUnknown: boolean): string[] {
  let json: unknown;
  try {
    json = parseExact(data.toString());
  } catch {
    throw new Unwritable('the message is not JSON');
  }
  return cells(json, columns, dropUnknown, '');
}

function cells(json: unknown, columns: readonly Column[], dropUnknown: boolean, path: string): string[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json) || json instanceof ExactNumber) {
    throw new Unwritable(`${path === '' ? 'the message' : path.slice(0, -1)} must be a JSON object`);
  }
  const known = byName(columns);
  return Object.entries(json).flatMap(([name, value]) => {
    const column = known.get(name.toLowerCase());
    if (column) return `${JSON.stringify(column.name)}:${cell(value, column, dropUnknown, path + name)}`;
    if (dropUnknown) return [];
    throw new Unwritable(`field ${path}${name} is not in the table`);
  });
}

function cell(json: unknown, column: Column, dropUnknown: boolean, path: string): string {
  if (json === null) return 'null';
  if (column.mode === 'REPEATED') {
    if (!Array.isArray(json)) throw new Unwritable(`${path} must be a list, as its column is`);
    const one = { ...column, mode: 'REQUIRED' };
    return `[${json.map((item, index) => cell(item, one, dropUnknown, `${path}[${index}]`)).join(',')}]`;
  }
  const kind = kindOf(column);
  if (kind === 'STRUCT') return `{${cells(json, column.fields ?? [], dropUnknown, `${path}.`).join(',')}}`;
  if (kind === 'JSON') return exactText(json);
  const number = numberText(json);
  if (number !== undefined) return numberCell(json, number, kind, path);
  if (typeof json === 'object') throw new Unwritable(`${path} must be no object and no list, as its column is ${kind}`);
  return JSON.stringify(json);
}

/** A number in a column of another type: https://cloud.google.com/pubsub/docs/bigquery#date_time_int */
function numberCell(json: unknown, number: string, kind: string, path: string): string {
  if (['DATETIME', 'TIME'].includes(kind)) {
    throw new Unwritable(`${path}: the pubsub emulator reads no civil time from a number, as ${kind} would have it`);
  }
  if (kind !== 'TIMESTAMP' && kind !== 'DATE') return JSON.stringify(number);
  const whole = wholeNumber(json);
  if (whole === undefined) throw new Unwritable(`${path} must be a whole number, as its column is ${kind}`);
  return JSON.stringify(kind === 'DATE' ? dateText(whole) : timestampText(whole));
}

/** JSON.stringify that writes every number as it was. */
function exactText(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(exactText).join(',')}]`;
  const number = numberText(json);
  if (number !== undefined) return number;
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  return `{${Object.entries(json)
    .map(([name, value]) => `${JSON.stringify(name)}:${exactText(value)}`)
    .join(',')}}`;
}
