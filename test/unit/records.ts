import { type Contract, parseContract } from '../../schemas/contract.ts';

/** An Avro field as a contract spells it, with a doc. */
export function avroField(name: string, type: unknown): Record<string, unknown> {
  return { name, type, doc: `The ${name}.` };
}

/** The JSON of a contract with these fields. */
export function avroRecord(...fields: Record<string, unknown>[]): Record<string, unknown> {
  return { type: 'record', name: 'thing', namespace: 'test', doc: 'A thing.', fields };
}

/** A contract of one field for each entry: name → Avro type. */
export function contractOf(types: Readonly<Record<string, unknown>>): Contract {
  return parseContract('test/thing', avroRecord(...Object.entries(types).map(([name, type]) => avroField(name, type))));
}

/** The Avro spelling of the logical types that a contract may use. */
export const DATE = { type: 'int', logicalType: 'date' };
export const TIMESTAMP = { type: 'long', logicalType: 'timestamp-micros' };
export const LOCAL_TIMESTAMP = { type: 'long', logicalType: 'local-timestamp-micros' };

/** Everything at once: each scalar, each again as nullable, and as items of an array. */
export const everyType = contractOf({
  ok: 'boolean',
  small: 'int',
  big: 'long',
  text: 'string',
  raw: 'bytes',
  day: DATE,
  at: TIMESTAMP,
  local: LOCAL_TIMESTAMP,
  maybe_ok: ['null', 'boolean'],
  maybe_small: ['null', 'int'],
  maybe_big: ['null', 'long'],
  maybe_text: ['null', 'string'],
  maybe_raw: ['null', 'bytes'],
  maybe_day: ['null', DATE],
  maybe_at: ['null', TIMESTAMP],
  maybe_local: ['null', LOCAL_TIMESTAMP],
  oks: { type: 'array', items: 'boolean' },
  smalls: { type: 'array', items: 'int' },
  bigs: { type: 'array', items: 'long' },
  texts: { type: 'array', items: 'string' },
  raws: { type: 'array', items: 'bytes' },
  days: { type: 'array', items: DATE },
  ats: { type: 'array', items: TIMESTAMP },
  maybe_texts: ['null', { type: 'array', items: 'string' }],
});
