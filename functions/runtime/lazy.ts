/** Opens at the first call, once; `opened` says whether that has happened. */
export function lazy<T>(open: () => Promise<T>): (() => Promise<T>) & { opened(): boolean } {
  let value: Promise<T> | undefined;
  return Object.assign(async () => await (value ??= open()), { opened: () => value !== undefined });
}
