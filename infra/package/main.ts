import { cpus, loadavg } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { measureImports } from './measure.ts';
import { contentsOfFunctions, writeArchives } from './package.ts';

const USAGE = `npm run package [-- --out dist] [--max-import-ms 300] [--processes 5] [--json]

Writes the archive of every function, as pulumi up does, and says how large it is and how long Node takes to import its
code, on this machine as busy as it is. Fails when an import takes longer than it may.
`;

/** What is said of one archive. */
interface Line {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly unpackedBytes: number;
  readonly importMs: number;
}

/** @returns the process's exit code: 1 when an import takes longer than it may */
async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string', default: 'dist' },
      json: { type: 'boolean', default: false },
      'max-import-ms': { type: 'string', default: '300' },
      processes: { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const limit = atLeast(0, '--max-import-ms', values['max-import-ms']);
  const processes = atLeast(1, '--processes', values.processes);

  const root = join(import.meta.dirname, '../..');
  const contents = await contentsOfFunctions({ root });
  const packages = await writeArchives(contents, values.out);
  const imports = await measureImports(root, contents, processes);
  const functions = [...packages].map(([name, { path, sha256, bytes }]): Line => {
    const unpackedBytes = [...(contents.get(name)?.values() ?? [])].reduce((sum, { length }) => sum + length, 0);
    return { name, path, sha256, bytes, unpackedBytes, importMs: Math.round(imports.get(name) ?? Number.NaN) };
  });

  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
  // Above the number of processors, everything waits for its turn, and the times say little.
  const load = Math.round(loadavg()[0] ?? 0);
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ node: process.version, machine, load, maxImportMs: limit, functions })}\n`,
    );
  } else {
    process.stdout.write(`Node ${process.version} on ${machine}, load ${load}; median of ${processes} processes\n`);
    for (const line of functions) process.stdout.write(`${format(line)}\n`);
  }
  const slow = functions.filter(({ importMs }) => importMs > limit);
  for (const { name, importMs } of slow) {
    const advice = 'import what the first event needs only when it comes, as functions/runtime/clients/ does';
    process.stderr.write(
      `${name}: the import takes ${importMs} ms, and may take ${limit} (--max-import-ms); ${advice}\n`,
    );
  }
  return slow.length === 0 ? 0 : 1;
}

/** @throws Error naming the option and what it takes */
function atLeast(least: number, option: string, text: string): number {
  const value = Number(text);
  if (text !== '' && value >= least) return value;
  throw new Error(`${option} is "${text}": must be a number of ${least} or more`);
}

function format({ name, path, bytes, unpackedBytes, importMs }: Line): string {
  const size = (count: number): string => `${(count / 1024).toFixed(0).padStart(5)} KiB`;
  const where = relative(process.cwd(), path);
  return `${name.padEnd(10)}${size(bytes)}, unpacked ${size(unpackedBytes)}, import ${String(importMs).padStart(4)} ms  ${where}`;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
