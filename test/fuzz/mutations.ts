import fc from 'fast-check';
import { awkwardJson, awkwardText } from './values.ts';

type Path = readonly (string | number)[];
type Change = (parent: Record<string, unknown> | unknown[], key: string | number) => void;

/** A plain value with up to `most` of its parts taken away, renamed, doubled or replaced. */
export function mutated(original: unknown, most = 3): fc.Arbitrary<unknown> {
  const paths = pathsOf(original);
  if (paths.length === 0) return awkwardJson;
  const change = fc.tuple(fc.constantFrom(...paths), changes(paths, original));
  return fc.array(change, { minLength: 1, maxLength: most }).map((list) => {
    const copy = structuredClone(original);
    for (const [path, apply] of list) {
      const parent = valueAt(copy, path.slice(0, -1));
      const key = path.at(-1);
      if (key !== undefined && isContainer(parent)) apply(parent, key);
    }
    return copy;
  });
}

function changes(paths: readonly Path[], original: unknown): fc.Arbitrary<Change> {
  const remove: Change = (parent, key) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent, key);
  };
  const double: Change = (parent, key) => {
    if (Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]));
    else define(parent, `${key} `, parent[key]);
  };
  const replace = (value: unknown): Change => {
    return (parent, key) => {
      if (Array.isArray(parent)) parent[Number(key)] = value;
      else define(parent, String(key), value);
    };
  };
  const rename = (name: string): Change => {
    return (parent, key) => {
      if (Array.isArray(parent)) return;
      define(parent, name, parent[key]);
      Reflect.deleteProperty(parent, key);
    };
  };
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(remove) },
    { weight: 1, arbitrary: fc.constant(double) },
    { weight: 4, arbitrary: awkwardJson.map(replace) },
    { weight: 2, arbitrary: awkwardText.map(rename) },
    // What stands elsewhere in the same document is of a shape that somebody reads.
    {
      weight: 3,
      arbitrary: fc.constantFrom(...paths).map((path) => replace(structuredClone(valueAt(original, path)))),
    },
  );
}

/** An own property whatever its name: an assignment to `__proto__` would be none. */
function define(parent: object, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (!isContainer(value)) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const inner = keys.flatMap((key) => pathsOf((value as Record<string | number, unknown>)[key], [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isContainer(inner) ? (inner as Record<string | number, unknown>)[key] : undefined),
    value,
  );
}

function isContainer(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

/** A text with pieces cut out, doubled, moved or put in. */
export function mutatedText(original: string, pieces: readonly string[]): fc.Arbitrary<string> {
  const at = fc.integer({ min: 0, max: original.length });
  const piece = fc.oneof(
    fc.constantFrom(...pieces),
    fc.tuple(at, fc.integer({ min: 1, max: 40 })).map(([from, length]) => original.slice(from, from + length)),
    awkwardText,
  );
  const cut = fc.record({ at, length: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })), by: piece });
  return fc
    .array(cut, { minLength: 1, maxLength: 4 })
    .map((cuts) =>
      cuts.reduce((text, { at, length, by }) => text.slice(0, at) + by + text.slice(at + length), original),
    );
}
