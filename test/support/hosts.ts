import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Part, startPart } from '../../scripts/up/part.ts';
import { functionVariable } from '../../scripts/up/variables.ts';
import { provision } from '../../scripts/provision/provision.ts';
import type { FunctionName } from '../../pipelines/model/names.ts';
import type { Plan } from '../../pipelines/model/resources.ts';
import { cleanUp } from './cleanup.ts';

/**
 * Instances of the functions behind one door, as Cloud Run has them: processes that each serve every function. A call
 * that is cut off by the death of its process is answered with 503, and the next one goes to whoever lives.
 */
export class Hosts {
  readonly #server: Server;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #alive: Part[] = [];
  /** How many of them are never killed: the first. */
  readonly #spared: number;
  readonly #waiting: { calls: number; found: (part: Part) => void }[] = [];
  #turn = 0;

  private constructor(folder: string, env: Readonly<Record<string, string>>, spared: number) {
    this.#folder = folder;
    this.#spared = spared;
    this.#env = env;
    this.#server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  }

  /** @param env of the cloud that they belong to. @param spared of them live as long as the test file */
  static async start(count: number, folder: string, env: Readonly<Record<string, string>>, spared = 0): Promise<Hosts> {
    const hosts = new Hosts(folder, env, spared);
    hosts.#server.listen(0, '127.0.0.1');
    await once(hosts.#server, 'listening');
    cleanUp(async () => {
      hosts.#server.closeAllConnections();
      hosts.#server.close();
      await Promise.all(
        hosts.#alive.map(async (part) => {
          await part.stop();
        }),
      );
    });
    for (let number = 0; number < count; number += 1) await hosts.#add();
    return hosts;
  }

  get pids(): number[] {
    return this.#alive.map(({ pid }) => pid);
  }

  /** Applies a plan whose functions are these. @param env of the cloud */
  async provision(plan: Plan, env: Readonly<Record<string, string | undefined>>): Promise<void> {
    const entryPoint = (name: string): FunctionName =>
      plan.functions.find((one) => one.name === name)?.entryPoint ?? 'notify';
    await provision(plan, { env, functionUrl: (name) => this.#urlOf(entryPoint(name)) });
  }

  #urlOf(name: FunctionName): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${functionVariable(name)}`;
  }

  /** Kills the process that takes the `calls`-th call from now on, while it is at it; another one takes its place. */
  async killAtCall(calls: number): Promise<void> {
    const part = await new Promise<Part>((found) => this.#waiting.push({ calls, found }));
    process.kill(part.pid, 'SIGKILL');
    await part.died;
    this.#alive.splice(this.#alive.indexOf(part), 1);
    await this.#add();
  }

  async #add(): Promise<void> {
    const file = join(import.meta.dirname, '../../scripts/up/functions-host.ts');
    const logFile = join(this.#folder, 'logs', 'hosts.log');
    this.#alive.push(await startPart({ name: 'functions', file, env: this.#env, logFile }));
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [, variable = '', rest = ''] = /^\/(\w+)(.*)$/.exec(incoming.url ?? '') ?? [];
    const part = this.#alive[this.#turn++ % this.#alive.length];
    const onward = request(`${part?.env[variable] ?? ''}${rest}`, {
      method: incoming.method,
      headers: { ...incoming.headers, host: '127.0.0.1' },
    });
    const answered = once(onward, 'response') as Promise<[IncomingMessage]>;
    try {
      const arrived = async (): Promise<void> => {
        await pipeline(incoming, onward);
        if (part) this.#count(part);
      };
      await Promise.all([arrived(), answered]);
      const [answer] = await answered;
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      await pipeline(answer, outgoing);
    } catch {
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(503).end();
    }
  }

  /** A call has arrived where it was sent to. */
  #count(part: Part): void {
    for (const one of [...this.#waiting]) {
      one.calls -= 1;
      if (one.calls > 0 || this.#alive.indexOf(part) < this.#spared) continue;
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
      one.found(part);
    }
  }
}
