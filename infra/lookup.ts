/** @throws Error when the plan speaks of something that it does not plan */
export function find<T>(resources: ReadonlyMap<string, T>, name: string): T {
  const found = resources.get(name);
  if (found) return found;
  throw new Error(`the plan speaks of "${name}" but plans only: ${[...resources.keys()].join(', ')}`);
}
