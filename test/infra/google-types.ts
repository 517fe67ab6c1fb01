import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { protobuf } from 'google-gax';

const protos = join(dirname(createRequire(import.meta.url).resolve('google-gax')), '../protos');

/** A message of Google's API, with everything that its file imports. */
export function messageType(file: string, name: string): protobuf.Type {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(protos, target);
  return root.loadSync(file).resolveAll().lookupType(name);
}

/** What the API would not take of a message in JSON: https://protobuf.dev/programming-guides/json/. One line each. */
export function misfits(type: protobuf.Type, message: object, path = type.name): string[] {
  return Object.entries(message).flatMap(([key, value]) => {
    const field = type.fields[key];
    const at = `${path}.${key}`;
    if (!field) return [`${at}: there is no such field; there are: ${Object.keys(type.fields).join(', ')}`];
    if (field instanceof protobuf.MapField)
      return Object.values(value as object).flatMap((one) => ofScalar('string', one, at));
    if (!field.repeated) return ofValue(field, value, at);
    if (!Array.isArray(value)) return [`${at}: it is a list`];
    return value.flatMap((one, index) => ofValue(field, one, `${at}[${index}]`));
  });
}

function ofValue(field: protobuf.Field, value: unknown, at: string): string[] {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) {
    const names = Object.keys(resolvedType.values);
    return names.includes(String(value)) ? [] : [`${at}: ${String(value)} is none of ${names.join(', ')}`];
  }
  if (!resolvedType) return ofScalar(field.type, value, at);
  if (resolvedType.fullName === '.google.protobuf.Duration') {
    return /^\d+s$/.test(String(value)) ? [] : [`${at}: ${String(value)} is no duration in seconds`];
  }
  return typeof value === 'object' && value !== null ? misfits(resolvedType, value, at) : [`${at}: it is an object`];
}

function ofScalar(type: string, value: unknown, at: string): string[] {
  const expected = type === 'string' ? 'string' : type === 'bool' ? 'boolean' : 'number';
  return typeof value === expected ? [] : [`${at}: it is a ${type}, not ${JSON.stringify(value)}`];
}
