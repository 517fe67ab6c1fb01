import type { Clock } from './clock.ts';

/** How every emulator is started; each has `start(options)` in its `index.ts` and is a program through its `main.ts`. */
export interface EmulatorOptions {
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port?: number;
  /** Folder for state that outlives the process; without it the state is in memory or in a folder that goes with it. */
  readonly dataDir?: string;
  /** The local cloud's wall clock; the machine's own when absent. */
  readonly clock?: Clock;
  /** Environment of the other parts, for emulators that call them: `PUBSUB_EMULATOR_HOST`, `STORAGE_EMULATOR_HOST` … */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Emulator {
  readonly name: string;
  /** Environment variables that point Google's clients (or libpq) here, e.g. `{ PUBSUB_EMULATOR_HOST: '127.0.0.1:8085' }`. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves, with why, when the emulator can no longer serve though nobody stopped it; most cannot die alone. */
  readonly died?: Promise<Error>;
  /** Resolves when everything is closed; safe to call twice. */
  stop(): Promise<void>;
}

export type StartEmulator = (options?: EmulatorOptions) => Promise<Emulator>;
