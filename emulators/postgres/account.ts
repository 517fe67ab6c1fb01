import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** A user of this machine, as spawn and chown take it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Unprivileged users to run Postgres as when we are root, the best first. They must exist; none is ever created. */
const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/**
 * Postgres refuses to run as root, so a root process hands it to an unprivileged user of the machine.
 * @returns `undefined` when this process is not root and may run Postgres itself
 */
export async function findAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const fields = lines.find((line) => line[0] === name);
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (uid > 0 && gid > 0) return { name, uid, gid };
  }
  throw new Error(
    `Postgres does not run as root, and /etc/passwd has none of the users ${CANDIDATES.join(', ')} to run it as; ` +
      'start the emulator as an ordinary user, or add one of these users',
  );
}

/**
 * Environment of every program we run. Ours stays out: PGDATA and the like would point Postgres elsewhere, and a
 * locale that the machine lacks makes it refuse to start.
 */
export const PROGRAM_ENV = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export interface Outcome {
  /** Exit code; -1 when the program could not be started or was killed. */
  readonly code: number;
  /** What it printed, both streams, or why it could not be started. */
  readonly output: string;
}

/** Runs a program as `account` to its end. Never rejects: a program that cannot be started is an outcome too. */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly account: Account | undefined; readonly cwd?: string },
): Promise<Outcome> {
  return await new Promise((resolve) => {
    const child = spawn(command, args, {
      ...identity(options.account),
      cwd: options.cwd ?? '/',
      env: PROGRAM_ENV,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (text: Buffer): void => {
      output += text.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => {
      resolve({ code: -1, output: error.message });
    });
    child.on('close', (code) => {
      resolve({ code: code ?? -1, output: output.trim() });
    });
  });
}

/** The part of spawn's options that says as whom to run. */
export function identity(account: Account | undefined): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {};
}
