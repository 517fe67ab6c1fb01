import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionName } from '../pipelines/model/names.ts';
import { type FunctionPackage, packageFunctions } from './package/package.ts';

export type Packages = ReadonlyMap<FunctionName, Pick<FunctionPackage, 'path' | 'sha256'>>;

/** `extract-0123456789abcdef.zip`: other bytes are another archive, on this machine and in the bucket. */
export function archiveName(name: FunctionName, sha256: string): string {
  return `${name}-${sha256.slice(0, 16)}.zip`;
}

/**
 * The archive of every function, in a folder that several runs of Pulumi may share: each archive appears there whole,
 * under a name that no other content has, and Pulumi's engine reads it when it gets to it.
 */
export async function archives(root: string): Promise<Packages> {
  const kept = join(root, '.alir/functions');
  mkdirSync(kept, { recursive: true });
  const folder = mkdtempSync(join(kept, 'packaging-'));
  try {
    const packages = await packageFunctions({ root, folder });
    return new Map(
      [...packages].map(([name, { path, sha256 }]) => {
        const target = join(kept, archiveName(name, sha256));
        renameSync(path, target);
        return [name, { path: target, sha256 }];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
