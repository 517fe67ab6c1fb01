import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { COMPILE_CACHE } from '../../scripts/up/part.ts';
import type { Order, SeedResult, WorkerOptions } from './worker.ts';

/** One process that runs seeds, one after another. */
export interface Worker {
  /** @throws Error when the process ends instead of answering */
  run(seed: number): Promise<SeedResult>;
  end(): Promise<void>;
}

/** Starts a worker and waits until it has made its world. @throws Error with what it said when it cannot */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const child = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(options)], {
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    // A seed leaves much garbage and keeps little: with room for it, it is collected less often.
    execArgv: ['--max-semi-space-size=64'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'exit');
  const died = ended.then(([code, signal]): never => {
    throw new Error(`a worker ended with ${String(code ?? signal)}: ${stderr}`);
  });
  died.catch(() => undefined);
  const answer = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(child, 'message'), died])) as unknown[];
    return message;
  };
  const send = (order: Order): void => {
    child.send(order);
  };
  await answer();
  return {
    async run(seed) {
      const answered = answer();
      send({ seed });
      return (await answered) as SeedResult;
    },
    async end() {
      if (child.connected) send('end');
      await ended;
    },
  };
}

/** Does all tasks, one for each server at once: transactions of others on the same server would be seen. */
export async function onServers<T>(
  servers: readonly string[],
  tasks: readonly T[],
  work: (task: T, server: string) => Promise<void>,
): Promise<void> {
  const left = [...tasks];
  const hand = async (server: string): Promise<void> => {
    for (let task = left.shift(); task !== undefined; task = left.shift()) await work(task, server);
  };
  await Promise.all(servers.slice(0, tasks.length).map(hand));
}
