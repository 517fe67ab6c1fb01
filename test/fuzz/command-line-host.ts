import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { toLine } from './lines.ts';

/**
 * Runs many command lines in one process, for a process of its own costs each half a second: arguments come as a line of
 * JSON, and code, stdout and stderr go back as one. What a command writes after it has ended the process is dropped, as it
 * would be.
 */
const program = pathToFileURL(join(import.meta.dirname, '../../scripts/alir.ts')).href;
const writeOut = process.stdout.write.bind(process.stdout);
const [node = '', file = ''] = process.argv;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function runLine(args: readonly string[], index: number): Promise<Outcome> {
  let out = '';
  let err = '';
  process.argv = [node, file, ...args];
  process.exitCode = undefined; // As the line before left it.
  const code = await new Promise<number>((resolve, reject) => {
    let ended = false;
    const collect = (add: (text: string) => void): typeof process.stdout.write => {
      return (chunk: unknown, ...rest: unknown[]) => {
        if (!ended) add(String(chunk));
        const done = rest.find((one) => typeof one === 'function');
        if (done) queueMicrotask(() => Reflect.apply(done, undefined, []) as undefined);
        return true;
      };
    };
    process.stdout.write = collect((text) => (out += text));
    process.stderr.write = collect((text) => (err += text));
    process.exit = (status) => {
      if (ended) return undefined as never;
      ended = true;
      // What goes on after its end must have come to rest before the next line begins.
      setTimeout(resolve, 5, Number(status ?? 0));
      throw new Error('the process has ended');
    };
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => {
      if (!ended) reject(error);
    });
    // Each time a module of its own: it parses the arguments when it is imported.
    import(`${program}?${index}`).catch((error: unknown) => {
      if (!ended) reject(new Error('it was not caught', { cause: error }));
    });
  });
  return { code, out, err };
}

let index = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await runLine(JSON.parse(line) as string[], (index += 1)).catch((error: unknown) => ({
    code: -1,
    out: '',
    err: `thrown: ${String(error)}`,
  }));
  writeOut(`${toLine(outcome)}\n`);
}
