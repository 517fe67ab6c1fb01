import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunctionName } from '../../pipelines/model/names.ts';
import { FRAMEWORK } from './bundle.ts';

interface PackageJson {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json#packages */
interface PackageLock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}
interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * What Cloud Build needs to install and start a bundle: https://cloud.google.com/docs/buildpacks/nodejs. There is one
 * dependency, at the version that is tested here; and no scripts, for the build would run one named `build`.
 * @returns package.json and package-lock.json, by name
 */
export async function manifestOf(root: string, name: FunctionName): Promise<Map<string, Uint8Array>> {
  const own = await readJson<PackageJson>(join(root, 'package.json'));
  const lock = await readJson<PackageLock>(join(root, 'package-lock.json'));
  const about = {
    name: `alir-${name}`,
    version: own.version,
    license: own.license,
    dependencies: { [FRAMEWORK]: own.dependencies[FRAMEWORK] },
    engines: { node: `${own.dependencies['node']?.split('.')[0] ?? ''}.x` },
  };
  const manifest = { ...about, private: true, type: 'module', main: 'index.js' };
  const packages = { '': about, ...closureOf(lock, FRAMEWORK) };
  const { lockfileVersion } = lock;
  return new Map([
    ['package.json', toJson(manifest)],
    [
      'package-lock.json',
      toJson({ name: about.name, version: about.version, lockfileVersion, requires: true, packages }),
    ],
  ]);
}

/** The locked packages that one needs, itself included, under the paths that our own lock gives them. */
function closureOf({ packages }: PackageLock, name: string): Record<string, LockedPackage> {
  const needed = new Set<string>();
  const visit = (from: string, dependency: string, optional: boolean): void => {
    const path = resolve(packages, from, dependency);
    if (path === undefined && optional) return;
    if (path === undefined)
      throw new Error(`package-lock.json has no ${dependency}, which ${from} needs; run npm install`);
    if (needed.has(path)) return;
    needed.add(path);
    for (const one of Object.keys(packages[path]?.dependencies ?? {})) visit(path, one, false);
    for (const one of Object.keys(packages[path]?.optionalDependencies ?? {})) visit(path, one, true);
  };
  visit('', name, false);
  return Object.fromEntries(
    [...needed].sort().map((path) => {
      // Where our own lock says that only development needs it, here production does; where from is npm's own setting.
      const entries = Object.entries(packages[path] ?? {});
      return [path, Object.fromEntries(entries.filter(([key]) => !['dev', 'devOptional', 'resolved'].includes(key)))];
    }),
  );
}

/** As Node looks for a package: in the folder of who needs it, then in each above. */
function resolve(packages: PackageLock['packages'], from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('node_modules/') - 1, 0))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return undefined;
  }
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

function toJson(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}
