import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FunctionName } from '../../pipelines/model/names.ts';
import { bundleFunctions, readersOf } from './bundle.ts';
import { readData } from './data.ts';
import { manifestOf } from './manifest.ts';
import { zip } from './zip.ts';

export interface FunctionPackage {
  /** The archive, a ZIP file. */
  readonly path: string;
  /** Of the archive, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface PackageOptions {
  /** Folder of this repository. */
  readonly root: string;
  /** Where pipelines and contracts are; as for everything else, ALIR_PIPELINES and ALIR_SCHEMAS when absent. */
  readonly pipelines?: string;
  readonly schemas?: string;
}

/** A function's archive, unpacked: contents by path. */
export type Contents = ReadonlyMap<string, Uint8Array>;

/**
 * Writes the archive of every function into a folder: what Cloud Build installs and the functions framework loads. The
 * same sources give the same bytes.
 * @throws Error | PipelineMistakes saying what cannot be packaged
 */
export async function packageFunctions(
  options: PackageOptions & { readonly folder: string },
): Promise<ReadonlyMap<FunctionName, FunctionPackage>> {
  return await writeArchives(await contentsOfFunctions(options), options.folder);
}

/** What the archive of each function holds: its bundle, what that reads from disk, and what Cloud Build needs. */
export async function contentsOfFunctions(options: PackageOptions): Promise<ReadonlyMap<FunctionName, Contents>> {
  const { root } = options;
  const folders = {
    root,
    pipelines: options.pipelines ?? process.env['ALIR_PIPELINES'] ?? join(root, 'pipelines'),
    schemas: options.schemas ?? process.env['ALIR_SCHEMAS'] ?? join(root, 'schemas'),
  };
  const bundles = [...(await bundleFunctions(root))];
  const contents = bundles.map(async ([name, bundle]): Promise<[FunctionName, Contents]> => {
    const data = await readData(folders, await readersOf(root, bundle));
    return [name, new Map([...bundle.files, ...data, ...(await manifestOf(root, name))])];
  });
  return new Map(await Promise.all(contents));
}

export async function writeArchives(
  contents: ReadonlyMap<FunctionName, Contents>,
  folder: string,
): Promise<ReadonlyMap<FunctionName, FunctionPackage>> {
  await mkdir(folder, { recursive: true });
  const written = [...contents].map(async ([name, files]): Promise<[FunctionName, FunctionPackage]> => {
    const archive = await zip(files);
    const path = join(folder, `${name}.zip`);
    await writeFile(path, archive);
    return [name, { path, sha256: createHash('sha256').update(archive).digest('hex'), bytes: archive.length }];
  });
  return new Map(await Promise.all(written));
}
