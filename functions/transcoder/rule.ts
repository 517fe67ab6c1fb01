import { TransientError } from '../runtime/errors.ts';
import type { FieldType } from '../../schemas/contract.ts';
import type { Block, Source } from './block.ts';
import type { Input } from './input.ts';

/** A Postgres type as the catalog describes it; a domain is its base. */
export interface SourceType {
  /** pg_type.typname, e.g. `int8`. */
  readonly name: string;
  /** pg_type.oid; of a domain its own. What arrays and composite values say of their insides when they are sent back. */
  readonly oid?: number;
  /** pg_attribute.atttypmod: the precision of a numeric and the like; -1 for none. */
  readonly modifier: number;
  /** True in a database without an encoding (SQL_ASCII): nobody has checked that text is text. */
  readonly unchecked?: boolean;
  /** Of an enum: its labels. */
  readonly labels?: readonly string[];
  /** Of an array: the type of its elements. */
  readonly element?: SourceType;
  /** Of a composite type: its attributes, in the order in which they are sent. */
  readonly attributes?: readonly SourceColumn[];
}

export interface SourceColumn {
  readonly name: string;
  readonly type: SourceType;
}

/** How one value goes from Postgres' binary format to Avro's. Compiled once per field, called once per value. */
export interface Codec {
  /**
   * Writes the value that fills `length` bytes at `at`.
   * @throws Unfit when the Avro type cannot hold it; TransientError when the bytes are no such value
   */
  readonly write: (source: Source, at: number, length: number, out: Block) => void;
  /** By how many bytes Avro's form can be longer than Postgres'. */
  readonly growth: number;
  /** The value as Postgres prints it, for a rejected row. */
  readonly print: (source: Source, at: number, length: number) => string;
  /** The SQL that turns the column into what `write` reads, where it is not what it is by itself. */
  readonly cast?: string;
  readonly back: Back;
}

/** How one value goes from Avro's format back to Postgres'; the other half of a codec. */
export type Back = WayBack | { readonly refused: string };

export interface WayBack {
  /**
   * Writes the value that begins at `input.at`, its length before it.
   * @throws Unfit when the column cannot hold it; TerminalError when the bytes are no such value
   */
  readonly read: (input: Input, out: Block) => void;
  /** How many bytes it writes at most, the length included; whatever can be longer extends the block itself. */
  readonly room: number;
  /**
   * The type that `read` writes, where it is not the column's: Avro has the text alone, and Postgres' own input function
   * makes the value of it, exactly.
   */
  readonly through?: { readonly type: string; readonly oid: number };
}

/** What one Postgres type can become. */
export interface TypeRule {
  /** Names in pg_type; none for the rule of a whole kind of types (arrays, enums, composites). */
  readonly names: readonly string[];
  /** The Avro types that hold every value of it, in words. */
  readonly fits: (type: SourceType) => string;
  /** The way to the Avro type, or undefined when it does not fit. `inner` compiles what the type is made of. */
  readonly compile: (type: SourceType, field: FieldType, inner: CompileInner) => Codec | undefined;
}
/** @throws Misfit naming what of the inside does not fit */
export type CompileInner = (type: SourceType, field: FieldType, where: string) => Codec;

/** A column, or a part of it, cannot fill its field; found before a byte is read. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
}

/** A value that its field cannot hold. Its row goes to quarantine, or the field becomes null; the rest goes on. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
}

/** The codec of a nullable field whose contract says that a value that does not fit becomes null. */
export function nullWhenUnfit(codec: Codec): Codec {
  return {
    ...codec,
    write(source, at, length, out) {
      const start = out.at;
      try {
        codec.write(source, at, length, out);
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        // The branch of the value was written already; now it is the branch of null.
        out.at = start - 1;
        out.writeByte(0);
      }
    },
  };
}

/** The stream is not what the COPY protocol promises. A new connection and a new look at the catalog may cure it. */
export function brokenStream(what: string): TransientError {
  return new TransientError(
    'SERVICE_UNAVAILABLE',
    `the source's COPY stream is broken: ${what}; nothing of it is kept, and the slice is read again`,
  );
}

/** @throws TransientError for a value that is not as long as its type */
export function requireLength(type: string, expected: number, length: number): void {
  if (length !== expected) throw brokenStream(`a ${type} of ${length} bytes, not ${expected}`);
}
