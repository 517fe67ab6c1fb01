/**
 * An Avro type with its names resolved. Records and branches keep the names that Avro's JSON encoding uses:
 * https://avro.apache.org/docs/1.12.0/specification/#json-encoding
 */
export type Node =
  | { readonly kind: Primitive; readonly logical?: Logical | undefined }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number; readonly logical?: Logical | undefined }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly Field[] }
  | { readonly kind: 'array'; readonly items: Node }
  | { readonly kind: 'map'; readonly values: Node }
  | { readonly kind: 'union'; readonly branches: readonly Node[] };

export type Primitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

export interface Logical {
  readonly name: string;
  /** Of a decimal. */
  readonly scale: number;
}

export interface Field {
  readonly name: string;
  readonly node: Node;
}

type Schema = Readonly<Record<string, unknown>>;

/** Resolves a schema that Avro's own library has accepted. */
export function resolve(schema: unknown): Node {
  return walk(schema, new Map(), '');
}

/** How a branch of a union is called in JSON. */
export function branchName(node: Node): string {
  return 'name' in node ? node.name : node.kind;
}

function walk(schema: unknown, named: Map<string, Node>, namespace: string): Node {
  if (Array.isArray(schema)) {
    return { kind: 'union', branches: schema.map((branch) => walk(branch, named, namespace)) };
  }
  if (typeof schema === 'string') {
    return named.get(fullName(schema, namespace)) ?? named.get(schema) ?? { kind: schema as Primitive };
  }
  const { type, ...attributes } = schema as Schema;
  switch (type) {
    case 'record':
    case 'error':
      return walkRecord(attributes, named, namespace);
    case 'array':
      return { kind: 'array', items: walk(attributes['items'], named, namespace) };
    case 'map':
      return { kind: 'map', values: walk(attributes['values'], named, namespace) };
    case 'enum':
      return remember(attributes, named, namespace, (name) => {
        return { kind: 'enum', name, symbols: attributes['symbols'] as string[] };
      });
    case 'fixed':
      return remember(attributes, named, namespace, (name) => {
        return { kind: 'fixed', name, size: Number(attributes['size']), logical: logicalOf(attributes) };
      });
    default: {
      const inner = walk(type, named, namespace);
      return 'logical' in inner || !isPrimitive(inner) ? inner : { kind: inner.kind, logical: logicalOf(attributes) };
    }
  }
}

/** The record is known by its name before its fields are, for they may hold it again. */
function walkRecord(schema: Schema, named: Map<string, Node>, namespace: string): Node {
  const fields: Field[] = [];
  const record = remember(schema, named, namespace, (name) => ({ kind: 'record', name, fields }));
  const inner = branchName(record).split('.').slice(0, -1).join('.');
  for (const field of (schema['fields'] ?? []) as { readonly name: string; readonly type: unknown }[]) {
    fields.push({ name: field.name, node: walk(field.type, named, inner) });
  }
  return record;
}

function remember(schema: Schema, named: Map<string, Node>, namespace: string, make: (name: string) => Node): Node {
  const space = typeof schema['namespace'] === 'string' ? schema['namespace'] : namespace;
  const name = fullName(String(schema['name']), space);
  const node = make(name);
  named.set(name, node);
  return node;
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function isPrimitive(node: Node): node is { readonly kind: Primitive } {
  return ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'].includes(node.kind);
}

function logicalOf(schema: Schema): Logical | undefined {
  if (typeof schema['logicalType'] !== 'string') return undefined;
  return { name: schema['logicalType'], scale: Number(schema['scale'] ?? 0) };
}
