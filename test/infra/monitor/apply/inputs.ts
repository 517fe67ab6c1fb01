import type { Resource } from '../graph.ts';
import type { Inputs } from '../wire.ts';

/**
 * The inputs of a resource, as its provider takes them. What is not named is refused, so that nothing is left out unseen.
 * @param own those that the provider keeps to itself, and the cloud never hears of
 */
export function take<T>(
  { type, name, inputs }: Resource,
  names: readonly (keyof T & string)[],
  own: readonly string[] = [],
): T {
  const unknown = Object.keys(inputs).filter(
    (key) => !(names as readonly string[]).includes(key) && !own.includes(key),
  );
  if (unknown.length > 0) throw new Error(`${type} ${name}: the local cloud is not told of ${unknown.join(', ')}`);
  return inputs as unknown as T;
}

/** `604800s`, as the provider writes durations, in proto's form. */
export function duration(text: string): { seconds: number } {
  const [, seconds] = /^(\d+)s$/.exec(text) ?? [];
  if (seconds === undefined) throw new Error(`"${text}" is no duration in seconds, as 60s is`);
  return { seconds: Number(seconds) };
}

/** The last part of a resource's path. */
export function lastPart(path: string): string {
  return path.split('/').at(-1) ?? '';
}

/** The same object without what is undefined. */
export function compact<T extends Inputs>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
