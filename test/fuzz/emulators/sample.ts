/** A request that an emulator answers well, for the fuzz to spoil. */
export interface Sample {
  readonly method: string;
  /** Segments of the path; they are percent-encoded on the way. */
  readonly path: readonly string[];
  /** What stands after the last segment, e.g. `:publish`. */
  readonly verb?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, unless it is text. */
  readonly body?: unknown;
}

/** What the fuzz needs to know of an emulator. */
export interface Target {
  readonly name: string;
  /** The variable that its address comes in. */
  readonly variable: string;
  /** Sent before each spoilt request, in this order: makes what the samples name, or says that it is there. */
  readonly setup: readonly Sample[];
  readonly samples: readonly Sample[];
  /** Answers that are not Google's envelope, because the real service's is not. */
  readonly isForeign?: (status: number, body: string) => boolean;
}

export const CONTROL: readonly Sample[] = [
  { method: 'GET', path: ['emulator', 'v1', 'clock'] },
  { method: 'PUT', path: ['emulator', 'v1', 'clock'], body: { realOrigin: 0, virtualOrigin: 0, rate: 1 } },
];

export function sample(method: string, path: string, more: Omit<Sample, 'method' | 'path'> = {}): Sample {
  return { method, path: path.split('/'), ...more };
}
