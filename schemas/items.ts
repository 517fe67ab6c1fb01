import { checkDoc, claimName, isName, isObject, type Place, quote, whereIs } from './place.ts';
import { ContractError, type ItemType } from './types.ts';

/** The Avro type that carries each logical type. Others are refused: a contract must not mean less than it says. */
const LOGICAL_TYPES: Readonly<Record<string, { readonly avro: string; readonly type: ItemType }>> = {
  date: { avro: 'int', type: 'date' },
  'time-micros': { avro: 'long', type: { scalar: 'time-micros' } },
  'timestamp-micros': { avro: 'long', type: 'timestamp-micros' },
  'local-timestamp-micros': { avro: 'long', type: 'local-timestamp-micros' },
  uuid: { avro: 'string', type: { scalar: 'uuid' } },
};
const PRIMITIVES: Readonly<Record<string, ItemType>> = {
  boolean: 'boolean',
  int: 'int',
  long: 'long',
  float: { scalar: 'float' },
  double: { scalar: 'double' },
  string: 'string',
  bytes: 'bytes',
};
const ALLOWED = [
  ...Object.keys(PRIMITIVES),
  ...Object.entries(LOGICAL_TYPES).map(([name, { avro }]) => `${avro} (${name})`),
  'bytes (decimal with precision and scale)',
  'string ("sqlType": "JSON")',
  'an enum',
  'a record',
].join(', ');

/** BIGNUMERIC: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#parameterized_decimal_type */
const DECIMAL_DIGITS = 38;

/**
 * The type of a value that is no array.
 * @param parseRecord reads the fields of a record
 * @throws ContractError naming the file, the field and the rule
 */
export function parseItem(
  place: Place,
  type: unknown,
  parseRecord: (type: Readonly<Record<string, unknown>>) => ItemType,
): ItemType {
  if (typeof type === 'string' && Object.hasOwn(PRIMITIVES, type)) return PRIMITIVES[type] ?? refuse(place, type);
  if (!isObject(type)) return refuse(place, type);
  checkDoc(place, type);
  const { type: carrier, logicalType: logical, sqlType } = type;
  if (carrier === 'enum') return parseEnum(place, type);
  if (carrier === 'record') return parseRecord(type);
  if (typeof carrier !== 'string' || !Object.hasOwn(PRIMITIVES, carrier)) return refuse(place, type);
  if (sqlType !== undefined) {
    return sqlType === 'JSON' && carrier === 'string' ? { scalar: 'json' } : refuse(place, type);
  }
  if (logical === undefined) return PRIMITIVES[carrier] ?? refuse(place, type);
  if (logical === 'decimal' && carrier === 'bytes') return parseDecimal(place, type);
  if (typeof logical !== 'string' || !Object.hasOwn(LOGICAL_TYPES, logical)) return refuse(place, type);
  const known = LOGICAL_TYPES[logical];
  return known?.avro === carrier ? known.type : refuse(place, type);
}

function refuse(place: Place, type: unknown): never {
  throw new ContractError(
    `${whereIs(place)}: type ${quote(type)} is not one of ${ALLOWED}, or an array of one (without nulls)`,
  );
}

/** NUMERIC or BIGNUMERIC, whichever is the smaller one that holds every value. */
function parseDecimal(place: Place, type: Readonly<Record<string, unknown>>): ItemType {
  const { precision, scale = 0 } = type;
  const whole = typeof precision === 'number' && typeof scale === 'number' ? precision - scale : NaN;
  const valid = Number.isInteger(precision) && Number.isInteger(scale) && Number(precision) > 0 && Number(scale) >= 0;
  if (valid && whole >= 0 && whole <= DECIMAL_DIGITS && Number(scale) <= DECIMAL_DIGITS) {
    return { decimal: { precision: Number(precision), scale: Number(scale) } };
  }
  throw new ContractError(
    `${whereIs(place)}: a decimal has a precision and a scale (0 if absent), with at most ${DECIMAL_DIGITS} digits on ` +
      `each side of the point, not ${quote(type)}`,
  );
}

function parseEnum(place: Place, type: Readonly<Record<string, unknown>>): ItemType {
  claimName(place, 'the enum', type);
  const symbols: unknown[] = Array.isArray(type['symbols']) ? type['symbols'] : [];
  const names = symbols.filter(isName);
  if (names.length === 0 || names.length < symbols.length || new Set(names).size < names.length) {
    throw new ContractError(
      `${whereIs(place)}: an enum lists its symbols, each once: letters, digits and "_", not starting with a digit; ` +
        `where the source's labels are not like that, the type is "string"`,
    );
  }
  const { default: otherwise = names[0] } = type;
  if (names.some((name) => name === otherwise)) return { enum: names };
  throw new ContractError(`${whereIs(place)}: the enum's default ${quote(otherwise)} is none of its symbols`);
}
