import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { FunctionName } from '../../pipelines/model/names.ts';
import { FRAMEWORK } from './bundle.ts';
import type { Contents } from './package.ts';

const run = promisify(execFile);

const IMPORT = `const began = performance.now(); await import('./index.js'); console.log(performance.now() - began); process.exit()`;

/**
 * How long Node takes to import each function, in ms: the part of a cold start that its own code is to blame for. The
 * median of several processes, each of which imports once; the functions take turns, so that a busy moment hits all.
 * @param root where the functions framework is installed
 * @param processes how many for each function
 */
export async function measureImports(
  root: string,
  functions: ReadonlyMap<FunctionName, Contents>,
  processes: number,
): Promise<ReadonlyMap<FunctionName, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'alir-package-'));
  try {
    for (const [name, contents] of functions) await unpack(contents, join(folder, name));
    await mkdir(join(folder, 'node_modules', dirname(FRAMEWORK)), { recursive: true });
    await symlink(join(root, 'node_modules', FRAMEWORK), join(folder, 'node_modules', FRAMEWORK));
    const times = new Map([...functions.keys()].map((name): [FunctionName, number[]] => [name, []]));
    for (let count = 0; count < processes; count += 1) {
      for (const [name, measured] of times) measured.push(await importOnce(join(folder, name)));
    }
    return new Map([...times].map(([name, measured]) => [name, median(measured)]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function importOnce(folder: string): Promise<number> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', IMPORT], { cwd: folder });
  return Number(stdout);
}

async function unpack(contents: Contents, folder: string): Promise<void> {
  for (const [path, content] of contents) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
