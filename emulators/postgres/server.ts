import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type Account, identity, PROGRAM_ENV } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { FAST_SHUTDOWN_MS, serverArguments, START_DEADLINE_MS } from './settings.ts';

/**
 * Postgres runs under this shell, which takes signals to pass on by name, one a line, from our end of a pipe. When we
 * are gone, however we went, the pipe ends: Postgres is shut down, and its folder goes if it was a temporary one.
 * Its exit code becomes the shell's.
 */
const WATCHDOG = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
cd /
{
  while read -r signal; do kill -"$signal" "$server"; done
  kill -INT "$server"; sleep ${FAST_SHUTDOWN_MS / 1000}; kill -QUIT "$server"
} <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"; code=$?
kill "$watcher"
[ -z "$EPHEMERAL" ] || rm -rf "$EPHEMERAL"
exit "$code"
`;

/** Lines of Postgres's log to keep for error messages. */
const LOG_LINES = 20;

const READY = 'database system is ready to accept connections';

/** One running postmaster. */
export class Server {
  /** Resolves when Postgres has ended, however it came to that, with how. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #log: string[] = [];

  private constructor(child: ChildProcess, ephemeral: string | undefined, onLine: (line: string) => void) {
    this.#child = child;
    // A signal to a server that has just ended finds the pipe closed, which is what we wanted anyway.
    child.stdin?.on('error', () => undefined);
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.#log.push(line);
        if (this.#log.length > LOG_LINES) this.#log.shift();
        onLine(line);
      });
    }
    const how = new Promise<string>((resolve) => {
      child.on('error', (error) => {
        resolve(error.message);
      });
      child.on('close', (code) => {
        resolve(`Postgres ended with code ${code ?? -1}; the end of its log:\n  ${this.#log.join('\n  ')}`);
      });
    });
    this.ended = how.then(async (text) => {
      // The shell could not when the temporary folder lies where its user may not go.
      if (ephemeral !== undefined) await rm(ephemeral, { recursive: true, force: true });
      return text;
    });
  }

  /**
   * Starts Postgres and waits until it accepts connections.
   * @throws Error with the end of Postgres's log when it does not come up
   */
  static async start(
    binaries: Binaries,
    account: Account | undefined,
    cluster: Cluster,
    port: number,
  ): Promise<Server> {
    const args = ['-c', WATCHDOG, 'sh', binaries.postgres, ...serverArguments(cluster, port)];
    const child = spawn('/bin/sh', args, {
      ...identity(account),
      cwd: cluster.folder,
      env: { ...PROGRAM_ENV, EPHEMERAL: cluster.ephemeral ?? '' },
      stdio: ['pipe', 'ignore', 'pipe'],
      // Its own process group: Ctrl-C in a terminal reaches us, and we shut Postgres down in order.
      detached: true,
    });
    let timer: NodeJS.Timeout | undefined;
    let server: Server | undefined;
    try {
      const outcome = await new Promise<string | undefined>((resolve) => {
        server = new Server(child, cluster.ephemeral, (line) => {
          if (line.includes(READY)) resolve(undefined);
        });
        void server.ended.then(resolve);
        timer = setTimeout(() => {
          resolve(`Postgres was not ready within ${START_DEADLINE_MS / 1000} s`);
        }, START_DEADLINE_MS);
      });
      if (outcome === undefined && server) return server;
      await server?.stop();
      throw new Error(outcome);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Fast shutdown, or an immediate one when that takes too long. Resolves when Postgres has ended. */
  async stop(): Promise<void> {
    this.#child.stdin?.write('INT\n');
    const timer = setTimeout(() => this.#child.stdin?.write('QUIT\n'), FAST_SHUTDOWN_MS);
    await this.ended;
    clearTimeout(timer);
  }
}
