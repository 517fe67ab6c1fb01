import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Mutant } from '../mutants/mutant.ts';

const root = join(import.meta.dirname, '../../..');
const here = (file: string): string => pathToFileURL(join(import.meta.dirname, file)).href;

/**
 * Google's clients are the real ones, and so is what they make of an answer. Only the last step is another: HTTP ends
 * in the emulators' routes in this process, and Pub/Sub in the simulation's queue.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  'node-fetch': here('node-fetch.ts'),
  '@google-cloud/pubsub': here('pubsub.ts'),
};

/** Puts the stand-ins in place, and breaks the code as a mutant says. Call it before anything else is imported. */
export function installHooks(mutant?: Mutant): void {
  registerHooks({
    resolve(specifier, context, next) {
      const standIn = STAND_INS[specifier];
      if (standIn === undefined || context.parentURL === standIn) return next(specifier, context);
      return { url: standIn, format: 'module-typescript', shortCircuit: true };
    },
  });
  if (mutant) breakCode(mutant);
}

/**
 * Replaces texts of files while they are being loaded.
 * @throws Error when a text is not there exactly once: then the code has moved on, and the mutant has to follow
 */
function breakCode({ name, edits }: Mutant): void {
  const broken = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const path = join(root, file);
    const text = broken.get(path) ?? readFileSync(path, 'utf8');
    const times = text.split(from).length - 1;
    if (times !== 1) throw new Error(`mutant ${name}: ${file} holds ${JSON.stringify(from)} ${times} times, not once`);
    broken.set(
      path,
      text.replace(from, () => to),
    );
  }
  registerHooks({
    load(url, context, next) {
      const source = url.startsWith('file:') ? broken.get(fileURLToPath(url)) : undefined;
      return source === undefined ? next(url, context) : { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}
