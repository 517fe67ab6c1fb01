import { ContractError } from './types.ts';

const NAME = /^[A-Za-z_]\w*$/;
/** Types that the specification has already: https://avro.apache.org/docs/1.12.0/specification/#names */
const TAKEN = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];
const QUOTED_AT_MOST = 200;

/** Where in a contract we are, and which names its enums and records have taken. */
export interface Place {
  readonly file: string;
  readonly path: string;
  readonly depth: number;
  readonly namespace: string;
  readonly names: Set<string>;
}

export function whereIs({ file, path }: Place): string {
  return path === '' ? file : `${file}: field "${path.slice(0, -1)}"`;
}

export function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

/** A name with its namespace before it, or without one. */
export function isFullName(value: unknown): value is string {
  return typeof value === 'string' && value.split('.').every(isName);
}

/** What stands in the file, as JSON; of a long one its beginning, for a message is read by people. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  try {
    const text = JSON.stringify(value);
    return text.length <= QUOTED_AT_MOST ? text : `${text.slice(0, QUOTED_AT_MOST)} …`;
  } catch {
    return 'something nested too deep'; // JSON.stringify calls itself for each level.
  }
}

/** Avro allows a name to be defined once: https://avro.apache.org/docs/1.12.0/specification/#names @returns the namespace inside */
export function claimName(place: Place, what: string, type: Readonly<Record<string, unknown>>): string {
  const { name, namespace = place.namespace } = type;
  if (!isName(name)) {
    throw new ContractError(
      `${whereIs(place)}: ${what} needs a name of letters, digits and "_", not starting with a digit`,
    );
  }
  if (TAKEN.includes(name)) throw new ContractError(`${whereIs(place)}: ${what} has the name of a type of Avro's own`);
  if (namespace !== '' && !isFullName(namespace)) {
    throw new ContractError(`${whereIs(place)}: a namespace is names with "." between them, not ${quote(namespace)}`);
  }
  checkAliases(place, type, isFullName);
  const full = `${namespace}.${name}`;
  if (place.names.has(full)) {
    throw new ContractError(`${whereIs(place)}: the name "${name}" is taken by another type of this contract`);
  }
  place.names.add(full);
  return namespace;
}

/** A type may say what it is, in words. @throws ContractError */
export function checkDoc(place: Place, { doc = '' }: Readonly<Record<string, unknown>>): void {
  if (typeof doc !== 'string') throw new ContractError(`${whereIs(place)}: a "doc" is a text, not ${quote(doc)}`);
}

/** Other names of the same. @throws ContractError */
export function checkAliases(
  place: Place,
  { aliases = [] }: Readonly<Record<string, unknown>>,
  isAlias: (name: unknown) => boolean,
): void {
  if (Array.isArray(aliases) && aliases.every(isAlias)) return;
  throw new ContractError(`${whereIs(place)}: aliases are a list of names, not ${quote(aliases)}`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
