import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** An emulator that runs as a program of its own. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The line it printed when it was ready. */
  readonly ready: { readonly ready: string; readonly env: Readonly<Record<string, string>> };
  /** Resolves when it has ended. */
  readonly ended: Promise<Ending>;
}

export interface Ending {
  readonly code: number | null;
  readonly stderr: string;
}

interface Surroundings {
  readonly ipc?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program; its stderr is collected. `path` is relative to the root of the checkout. */
export function spawnProgram(
  path: string,
  args: readonly string[] = [],
  { ipc = false, env = {} }: Surroundings = {},
): { child: ChildProcess; ended: Promise<Ending> } {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`../../../${path}`, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    env: { ...process.env, ...env },
  });
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => {
    stderr += text.toString('utf8');
  });
  // Not the event "close", which does not come once an IPC channel was disconnected.
  const ended = Promise.all([once(child, 'exit'), child.stderr && once(child.stderr, 'end')]).then(([[code]]) => ({
    code: code as number | null,
    stderr,
  }));
  return { child, ended };
}

/** Starts an emulator's `main.ts` and waits for its line of readiness. @throws Error with its stderr when it ends before */
export async function startProgram(
  path: string,
  args: readonly string[] = [],
  surroundings: Surroundings = {},
): Promise<Program> {
  const { child, ended } = spawnProgram(path, args, surroundings);
  if (!child.stdout) throw new Error('the program has no stdout');
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const first = await Promise.race([line, ended]);
  if (!Array.isArray(first)) throw new Error(`${path} ended with code ${first.code ?? -1}: ${first.stderr}`);
  return {
    child,
    ready: JSON.parse(first[0]) as Program['ready'],
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
