import type { SourceColumn, SourceType } from '../../../../functions/transcoder/rule.ts';

/** A COPY stream made by hand, as https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT has it. */
export const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
export const HEADER = Buffer.concat([SIGNATURE, int32(0), int32(0)]);
export const TRAILER = int16(-1);

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function row(...values: readonly (Buffer | null)[]): Buffer {
  const parts = values.flatMap((value) => (value ? [int32(value.length), value] : [int32(-1)]));
  return Buffer.concat([int16(values.length), ...parts]);
}

export function copyOf(...rows: readonly Buffer[]): Buffer {
  return Buffer.concat([HEADER, ...rows, TRAILER]);
}

export function type(name: string, more: Partial<SourceType> = {}): SourceType {
  return { name, modifier: -1, ...more };
}

export function columns(types: Readonly<Record<string, SourceType | string>>): SourceColumn[] {
  return Object.entries(types).map(([name, of]) => ({ name, type: typeof of === 'string' ? type(of) : of }));
}
