import { InvalidArgumentError } from 'commander';
import pg from 'pg';

/** What can be compared, in this order. */
export const PARTS = ['encoding', 'reading', 'bucket', 'slices'] as const;
type PartName = (typeof PARTS)[number];

export interface EncodeOptions {
  readonly rows: number;
  readonly rounds: number;
  readonly only: readonly PartName[];
  readonly memory?: readonly number[];
  readonly table?: string;
  readonly url?: string;
  readonly json?: true;
}

/** A number of rows or rounds. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError(`${text} is not a whole number above 0`);
}

export function positiveIntegers(text: string): number[] {
  return text.split(',').map(positiveInteger);
}

/** `schema.name`, or a name in the schema `public`. @returns it quoted */
export function tableName(text: string): string {
  const parts = text.split('.');
  if (parts.length > 2 || parts.includes('')) throw new InvalidArgumentError(`${text} is not schema.name`);
  return (parts.length === 1 ? ['public', ...parts] : parts).map((part) => pg.escapeIdentifier(part)).join('.');
}

export function postgresAddress(text: string): string {
  if (/^postgres(ql)?:\/\/./.test(text)) return text;
  throw new InvalidArgumentError(`${text} does not begin with postgres://`);
}

/** A table that is there needs its place, and a place without a table would have one made in it. */
export function checkTogether({ table, url }: Pick<EncodeOptions, 'table' | 'url'>): void {
  if (table !== undefined && url === undefined)
    throw new Error('--table needs --url postgres://…, which says where the table is');
  if (url !== undefined && table === undefined)
    throw new Error('--url needs --table schema.name; no table is generated in a database that is not ours');
}
