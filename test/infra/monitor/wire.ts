/**
 * How Pulumi writes what JSON has no word for: an object whose signature says what it is, and one string for a value that
 * is not known yet. https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts
 */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SIGNATURES = {
  secret: '1b47061264138c4ac30d75fd1eb44270',
  asset: 'c44067f5952c0a294b673a41bacd8c17',
  archive: '0def7320c3a5731c473e5ecbe6d01bc7',
} as const;
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

export type Inputs = Readonly<Record<string, unknown>>;

export function isSecret(value: unknown): value is { readonly value: unknown } {
  return isSigned('secret', value);
}

/** A file or archive, by path, by its own text or by what it holds. */
export function isAsset(value: unknown): value is { readonly path?: string } {
  return isSigned('asset', value) || isSigned('archive', value);
}

function isSigned(kind: keyof typeof SIGNATURES, value: unknown): boolean {
  return (value as Record<string, unknown> | null | undefined)?.[SIGNATURE] === SIGNATURES[kind];
}

/** The value inside a Pulumi secret; a value that is none is a mistake. */
export function unwrapSecret(value: unknown): unknown {
  if (isSecret(value)) return value.value;
  throw new Error(`not a secret: ${JSON.stringify(value)}`);
}

/** What Pulumi's engine would show: inputs as JSON, secrets left out. */
export function visible(inputs: unknown): string {
  return JSON.stringify(inputs, (_key, value: unknown) => (isSecret(value) ? '[secret]' : value));
}

/** The same with the values of secrets in their place, as Google is told them. */
export function revealed<T>(value: T): T {
  if (isSecret(value)) return revealed(value.value) as T;
  if (Array.isArray(value)) return value.map(revealed) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner as unknown)])) as T;
}

/** As Pulumi's engine does: what was a secret as input is one as output. */
export function keepSecrets(outputs: unknown, inputs: unknown): unknown {
  if (isSecret(inputs)) return isSecret(outputs) ? outputs : { ...inputs, value: outputs };
  if (Array.isArray(outputs)) {
    return outputs.map((item, index) => keepSecrets(item, Array.isArray(inputs) ? inputs[index] : undefined));
  }
  if (typeof outputs !== 'object' || outputs === null) return outputs;
  const given = (inputs ?? {}) as Inputs;
  return Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, keepSecrets(value, given[key])]));
}
