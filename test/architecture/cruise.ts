import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const rooms = ['emulators', 'functions', 'infra', 'pipelines', 'schemas', 'scripts', 'test'];

export interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

export interface Module {
  readonly source: string;
  readonly dependencies: readonly { readonly resolved: string }[];
}

/** What dependency-cruiser finds in the rooms below `folder`, by this repository's rules. */
export function cruise(folder: string, paths: readonly string[]): { violations: Violation[]; modules: Module[] } {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', ...paths];
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser gave no result: ${stderr}`);
  const result = JSON.parse(stdout) as { summary: { violations: Violation[] }; modules: Module[] };
  return { violations: result.summary.violations, modules: result.modules };
}
