import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { type FunctionName, functionNames } from '../../pipelines/model/names.ts';

/** One function's code: what it can reach, and nothing that only another function reaches. */
export interface Bundle {
  /** By name, all in one folder; `index.js` is the entry, the others it imports at once or when they are needed. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The modules that went into them, as paths below `root`. */
  readonly modules: readonly string[];
}

/** Cloud Build installs this package itself, for its program is what starts the function. */
export const FRAMEWORK = '@google-cloud/functions-framework';

const OUT = 'out';

/**
 * Bundles every function with the packages that it imports; in one go, so that each package is read once. Google's
 * clients are CommonJS and call `require`, which is why every file begins with one. Names are not shortened: V8 takes
 * longer over short ones, and stack traces say more.
 * @param root folder of this repository
 * @throws Error with esbuild's messages, which name file and line
 */
export async function bundleFunctions(root: string): Promise<ReadonlyMap<FunctionName, Bundle>> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: functionNames.map((name) => ({ in: `function:${name}`, out: name })),
    plugins: [entries(root), foldersOfModules(root)],
    external: [FRAMEWORK],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    define: { __dirname: 'import.meta.dirname' },
    banner: { js: `import{createRequire as requireFrom}from"node:module";const require=requireFrom(import.meta.url);` },
    // Where node_modules is a link, the bundle must not tell where to.
    preserveSymlinks: true,
    outdir: OUT,
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const contents = new Map(outputFiles.map(({ path, contents }) => [toPosix(relative(root, path)), contents]));
  return new Map(functionNames.map((name) => [name, cutOut(name, metafile, contents)]));
}

/** The files that a function's entry leads to, of those that esbuild made for all functions at once. */
function cutOut(name: FunctionName, { outputs }: Metafile, contents: ReadonlyMap<string, Uint8Array>): Bundle {
  const entry = `${OUT}/${name}.js`;
  const reached = new Set([entry]);
  for (const path of reached) {
    for (const imported of outputs[path]?.imports ?? []) if (!imported.external) reached.add(imported.path);
  }
  const modules = [...reached].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
  const files = [...reached].map((path): [string, Uint8Array] => {
    const content = contents.get(path);
    if (!content) throw new Error(`esbuild names ${path} and did not make it`);
    return [path === entry ? 'index.js' : path.slice(OUT.length + 1), content];
  });
  return {
    files: new Map(files),
    modules: [...new Set(modules)].filter((path) => !path.startsWith('function:')).sort(),
  };
}

/** The entry of a function registers that function alone; it has the name of its file. */
function entries(root: string): Plugin {
  return {
    name: 'entries',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^function:/ }, ({ path }) => ({
        path: path.slice('function:'.length),
        namespace: 'function',
      }));
      esbuild.onLoad({ filter: /.*/, namespace: 'function' }, ({ path: name }) => ({
        contents: `import{serve}from'./functions/gcp/serve.ts';import{${name}}from'./functions/${name}.ts';serve(${name});`,
        resolveDir: root,
      }));
    },
  };
}

/** A module of ours that looks for files beside itself finds them under the same path in the archive. */
function foldersOfModules(root: string): Plugin {
  return {
    name: 'folders of modules',
    setup(esbuild) {
      esbuild.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const folder = toPosix(relative(root, dirname(path)));
        const text = await readFile(path, 'utf8');
        const contents = text.replaceAll(
          'import.meta.dirname',
          `(import.meta.dirname + ${JSON.stringify(`/${folder}`)})`,
        );
        return { contents, loader: 'ts', resolveDir: dirname(path) };
      });
    },
  };
}

/** The modules of a bundle that look for files beside themselves. */
export async function readersOf(root: string, { modules }: Bundle): Promise<string[]> {
  const own = modules.filter((path) => path.endsWith('.ts') && !path.startsWith('node_modules/'));
  const texts = await Promise.all(own.map(async (path) => await readFile(join(root, path), 'utf8')));
  return own.filter((_, index) => texts[index]?.includes('import.meta.dirname'));
}

const toPosix = (path: string): string => path.split(sep).join('/');
