import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Measure, Task } from './task.ts';

const run = promisify(execFile);

/** Does one task in a process of its own. */
export type RunTask = (task: Task) => Promise<Measure>;

/** Bundles the ways as a function is bundled for its deployment: reading TypeScript takes memory that is not theirs. */
export async function bundleWays(folder: string): Promise<RunTask> {
  await build({
    entryPoints: [join(import.meta.dirname, 'way-main.ts')],
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
    external: ['pg-native'],
    define: { __dirname: 'import.meta.dirname' },
    banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
  });
  const program = join(folder, 'way-main.mjs');
  return async (task) => {
    const started = performance.now();
    const { stdout } = await run(process.execPath, [program, JSON.stringify(task)]).catch((error: unknown) => {
      throw new Error(`${task.way}, ${task.codec}: ${lastLine(error)}`, { cause: error });
    });
    return { ...(JSON.parse(stdout) as Omit<Measure, 'processSeconds'>), processSeconds: secondsSince(started) };
  };
}

/** psql's version, or undefined on a machine without it. */
export async function findPsql(): Promise<string | undefined> {
  return await run('psql', ['--version']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

/** psql, copying to nowhere: as fast as Postgres can send. It takes the time of the COPY itself. */
export async function copyWithPsql(url: string, query: string): Promise<Measure> {
  const started = performance.now();
  const copy = `\\copy (${query}) to '${devNull}' (format binary)`;
  const { stdout } = await run('psql', [
    '--no-psqlrc',
    '-v',
    'ON_ERROR_STOP=1',
    '-c',
    '\\timing on',
    '-c',
    copy,
    url,
  ]).catch((error: unknown) => {
    throw new Error(`psql: ${lastLine(error)}`, { cause: error });
  });
  const [, milliseconds] = /^Time: ([\d.,]+) ms/m.exec(stdout) ?? [];
  if (milliseconds === undefined) throw new Error(`psql told no time, but: ${stdout}`);
  const to = performance.timeOrigin + performance.now();
  const seconds = Number(milliseconds.replace(',', '.')) / 1000;
  const span = [to - seconds * 1000, to] as const;
  return { rows: 0, bytes: 0, seconds, span, cpuSeconds: 0, peakMb: 0, processSeconds: secondsSince(started) };
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

/** What the process said last, or why it was never a process. */
function lastLine(error: unknown): string {
  const { stderr = '', message } = error as Error & { stderr?: string };
  return stderr.trim().split('\n').at(-1) || message;
}
