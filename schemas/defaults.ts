import { isObject } from './place.ts';

/**
 * Whether a value is a default of an Avro type that has been read already, in the JSON form that Avro gives it:
 * https://avro.apache.org/docs/1.12.0/specification/#schema-record
 */
export function fits(type: unknown, value: unknown): boolean {
  // The default of a union is of its first branch.
  if (Array.isArray(type)) return fits(type[0], value);
  if (!isObject(type)) return isPrimitive(String(type), value);
  const { type: kind, symbols, items, fields } = type;
  if (kind === 'enum') return Array.isArray(symbols) && symbols.includes(value);
  if (kind === 'array') return Array.isArray(value) && value.every((item) => fits(items, item));
  if (kind === 'record') return isObject(value) && listOf(fields).every((field) => fillsField(field, value));
  return isPrimitive(String(kind), value);
}

/** A field that the value leaves out has its own default, or none. */
function fillsField(field: Readonly<Record<string, unknown>>, value: Readonly<Record<string, unknown>>): boolean {
  const name = String(field['name']);
  return Object.hasOwn(value, name) ? fits(field['type'], value[name]) : 'default' in field;
}

function listOf(fields: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(fields) ? fields.filter(isObject) : [];
}

function isPrimitive(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value) && Math.abs(Number(value) + 0.5) < 2 ** 31;
    // A larger one is not what was written once JSON has been read.
    case 'long':
      return Number.isSafeInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
      return typeof value === 'string';
    // Each character is a byte.
    case 'bytes':
      return typeof value === 'string' && /^[\0-\xff]*$/.test(value);
    default:
      return false;
  }
}
