import { isUtf8 } from 'node:buffer';
import type { FieldType } from '../../../schemas/contract.ts';
import { type Codec, type SourceType, type TypeRule, Unfit, type WayBack } from '../rule.ts';

const isString = (field: FieldType): boolean => field === 'string';
const isJson = (field: FieldType): boolean => typeof field === 'object' && 'scalar' in field && field.scalar === 'json';

const textBack: WayBack = {
  room: 4,
  read(input, out) {
    const length = input.readLength();
    out.extend(length);
    out.writeInt32(length);
    out.copy(input, input.at, length);
    input.at += length;
  },
};

const TEXT_OID = 25;
/** For types whose text Postgres itself has to read. */
export const throughText: WayBack = { ...textBack, through: { type: 'text', oid: TEXT_OID } };

/** Postgres sends text as the bytes that Avro wants. */
export const textCodec: Codec = {
  growth: 2,
  write(source, at, length, out) {
    out.writeLength(length);
    out.copy(source, at, length);
  },
  back: textBack,
  print: (source, at, length) => source.bytes.toString('utf8', at, at + length),
};

/** Of a database without an encoding (SQL_ASCII): its bytes are what some client wrote, checked by nobody. */
const uncheckedTextCodec: Codec = {
  ...textCodec,
  write(source, at, length, out) {
    if (!isUtf8(source.bytes.subarray(at, at + length))) throw new Unfit('the text is not UTF-8');
    textCodec.write(source, at, length, out);
  },
};

function codecOf(type: SourceType): Codec {
  return type.unchecked === true ? uncheckedTextCodec : textCodec;
}

export const text: TypeRule = {
  names: ['text', 'varchar', 'bpchar', 'name', 'citext'],
  fits: () => 'string',
  compile: (type, field) => (isString(field) ? codecOf(type) : undefined),
};

/** Types whose binary form is something else than their text, and which nothing but their text says exactly. */
export const castToText: TypeRule = {
  names: [
    ...['xml', 'macaddr', 'macaddr8', 'bit', 'varbit', 'tsvector', 'tsquery', 'ltree', 'hstore', 'pg_lsn'],
    ...['int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange'],
  ],
  fits: () => 'string',
  compile: (type, field) => (isString(field) ? { ...codecOf(type), cast: 'text', back: throughText } : undefined),
};

export const json: TypeRule = {
  names: ['json'],
  fits: () => 'string, with "sqlType": "JSON" for a JSON column',
  compile: (type, field) => (isJson(field) || isString(field) ? codecOf(type) : undefined),
};

const JSONB_VERSION = 1;

/** The text after a version byte: https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/utils/adt/jsonb.c (jsonb_send) */
const jsonbCodec: Codec = {
  growth: 2,
  write(source, at, length, out) {
    if (length < 1 || source.view.getUint8(at) !== JSONB_VERSION) throw new Unfit('jsonb of an unknown version');
    textCodec.write(source, at + 1, length - 1, out);
  },
  back: {
    room: 5,
    read(input, out) {
      const length = input.readLength();
      out.extend(length);
      out.writeInt32(length + 1);
      out.writeByte(JSONB_VERSION);
      out.copy(input, input.at, length);
      input.at += length;
    },
  },
  print: (source, at, length) => textCodec.print(source, at + 1, length - 1),
};

export const jsonb: TypeRule = {
  names: ['jsonb'],
  fits: json.fits,
  compile: (_type, field) => (isJson(field) || isString(field) ? jsonbCodec : undefined),
};

export const bytea: TypeRule = {
  names: ['bytea'],
  fits: () => 'bytes',
  compile: (_type, field) =>
    field === 'bytes'
      ? { ...textCodec, print: (source, at, length) => `\\x${source.bytes.toString('hex', at, at + length)}` }
      : undefined,
};
