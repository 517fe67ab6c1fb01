import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { unzip } from '../unzip.ts';
import { isAsset } from './wire.ts';

/** What a file, a folder or a zip archive on this machine held when the program named it; it may be gone afterwards. */
export interface AssetContent {
  readonly sha256: string;
  /** Unpacked, by name. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Every asset in a resource's inputs that lies in a file, by path. */
export function readAssets(inputs: unknown): Map<string, AssetContent> {
  const found = new Map<string, AssetContent>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isAsset(value) && value.path !== undefined) found.set(value.path, readAsset(value.path));
    Object.values(value).forEach(look);
  };
  look(inputs);
  return found;
}

function readAsset(path: string): AssetContent {
  const files = statSync(path).isDirectory() ? readFolder(path) : readArchive(readFileSync(path));
  const hash = createHash('sha256');
  for (const [name, bytes] of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return { sha256: hash.digest('hex'), files };
}

function readFolder(path: string): Map<string, Buffer> {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((file) => [relative(path, file), readFileSync(file)]));
}

/** The files of a zip; any other file is its own content. */
export function readArchive(bytes: Buffer): Map<string, Buffer> {
  const isZip = bytes.subarray(0, 2).toString('latin1') === 'PK';
  return new Map(isZip ? unzip(bytes).map(({ path, content }) => [path, content]) : [['', bytes]]);
}
