import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asset } from '@pulumi/pulumi';

/** What the functions import and read at run time, and nothing else. */
const FOLDERS = ['functions', 'pipelines', 'schemas'];

/**
 * The code that Cloud Build installs and the functions framework loads. Node strips the types there as it does here, so
 * the sources are deployed as they are. The package says where the functions are, and drops the developer's scripts, for
 * the build would run one named `build`: https://cloud.google.com/docs/buildpacks/nodejs
 * @param root folder of this repository
 */
export function functionsArchive(root: string): asset.AssetArchive {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object;
  const deployed = { ...manifest, scripts: {}, main: 'functions/index.ts' };
  return new asset.AssetArchive({
    'package.json': new asset.StringAsset(JSON.stringify(deployed, undefined, 2)),
    'package-lock.json': new asset.FileAsset(join(root, 'package-lock.json')),
    ...Object.fromEntries(FOLDERS.map((folder) => [folder, new asset.FileArchive(join(root, folder))])),
  });
}
