import { ContractError } from './types.ts';

export const NAME = /^[A-Za-z_]\w*$/;

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

/** Avro allows a name to be defined once: https://avro.apache.org/docs/1.12.0/specification/#names @returns the namespace inside */
export function claimName(place: Place, what: string, type: Readonly<Record<string, unknown>>): string {
  const { name, namespace } = type;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new ContractError(
      `${whereIs(place)}: ${what} needs a name of letters, digits and "_", not starting with a digit`,
    );
  }
  const space = typeof namespace === 'string' ? namespace : place.namespace;
  const full = `${space}.${name}`;
  if (place.names.has(full)) {
    throw new ContractError(`${whereIs(place)}: the name "${name}" is taken by another type of this contract`);
  }
  place.names.add(full);
  return space;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
