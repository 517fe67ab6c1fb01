import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cleanUp } from './cleanup.ts';
import { until } from './until.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process of its own. */
export interface Alir {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until stdout matches. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>;
  finished(): Promise<Finished>;
}

const root = join(import.meta.dirname, '../..');

/** Starts `alir …`; it is killed when the test file is over, if it still runs then. */
export function startAlir(args: readonly string[], env: Readonly<Record<string, string>> = {}): Alir {
  const child = spawn(join(root, 'scripts/alir'), args, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const closed = once(child, 'close');
  cleanUp(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await closed;
  });
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    printed: async (pattern) =>
      await until(`${String(pattern)} in the output of alir ${args.join(' ')}`, () => {
        if (child.exitCode !== null && !pattern.test(stdout))
          throw new Error(`alir ended with ${child.exitCode}: ${stdout}${stderr}`);
        return Promise.resolve(pattern.exec(stdout) ?? undefined);
      }),
    async finished() {
      await closed;
      return { code: child.exitCode, stdout, stderr };
    },
  };
}

export async function alir(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return await startAlir(args, env).finished();
}
