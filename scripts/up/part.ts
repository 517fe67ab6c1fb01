import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** One process of the local cloud: an emulator, or the host of the functions. */
export interface Part {
  readonly name: string;
  readonly pid: number;
  /** The environment variables that the part announced when it was ready. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves, and never rejects, with the reason when the process ends without having been asked to. */
  readonly died: Promise<Error>;
  stop(): Promise<void>;
}

export interface PartOptions {
  readonly name: string;
  /** The program: a `.ts` file that prints `{"ready": name, "env": {…}}` once it serves. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Everything it prints goes here. */
  readonly logFile: string;
  /** Called with every line that it prints after it is ready. */
  readonly onLine?: (line: string) => void;
}

/** Where Node keeps what it has compiled, by content: a third of what a part's start costs. It needs no cleaning up. */
export const COMPILE_CACHE = join(import.meta.dirname, '../../node_modules/.cache/alir');

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const KEPT_LINES = 5;

/**
 * Starts a part and waits until it serves. It runs in a process group of its own, so that Ctrl-C reaches this process
 * alone and the parts are stopped in order; if this process vanishes, the closed channel tells the part to stop.
 * @throws Error with the last lines that the part printed
 */
export async function startPart({ name, file, args = [], env, logFile, onLine }: PartOptions): Promise<Part> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error(`${name} was started without pipes`);
  const log = createWriteStream(logFile, { flags: 'a' });
  log.on('error', () => undefined); // A full disk must not stop the part that is being logged.
  const last: string[] = [];
  const lines = (stream: NodeJS.ReadableStream, each: (line: string) => void): void => {
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`);
      last.splice(0, last.length - KEPT_LINES + 1);
      last.push(line);
      each(line);
    });
  };

  const ended = new Promise<Error>((resolve) => {
    child.on('error', resolve);
    child.on('close', (code, signal) => {
      log.end();
      resolve(
        new Error(`${name} ended (${signal ?? `exit code ${code ?? '?'}`}): ${last.join('\n') || 'it said nothing'}`),
      );
    });
  });
  lines(stderr, (line) => onLine?.(line));
  const ready = new Promise<Record<string, string>>((resolve) => {
    lines(stdout, (line) => {
      const announced = line.startsWith('{"ready"') ? (JSON.parse(line) as { env: Record<string, string> }) : undefined;
      if (announced) resolve(announced.env);
      else onLine?.(line);
    });
  });

  const announced = await Promise.race([ready, ended, timeout(READY_TIMEOUT_MS)]);
  if (announced instanceof Error || announced === undefined) {
    child.kill('SIGKILL');
    throw announced ?? new Error(`${name} was not ready within ${READY_TIMEOUT_MS / 1000} s: ${last.join('\n')}`);
  }
  return {
    name,
    pid: child.pid ?? 0,
    env: announced,
    died: ended,
    stop: async () => {
      await stopChild(child, ended);
    },
  };
}

async function stopChild(child: ChildProcess, ended: Promise<Error>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  if ((await Promise.race([ended, timeout(STOP_TIMEOUT_MS)])) === undefined) child.kill('SIGKILL');
  await ended;
}

async function timeout(ms: number): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, ms).unref());
  return undefined;
}
