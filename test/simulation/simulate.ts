import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cleanUp } from '../support/cleanup.ts';

/** Runs the simulation as `npm run simulate` does, on the tests' own server. @returns how it ended, and what it said */
export async function simulate(args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanUp(() => {
    if (child.exitCode === null) child.kill();
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, ...output };
}
