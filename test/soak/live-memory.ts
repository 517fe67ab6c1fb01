import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into a host of functions with `--import`: each second, everything that nobody holds any more is collected, and
 * what is left is written down in bytes, in a file named after the process. Without it a heap grows for as long as there
 * is memory, and says nothing.
 */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

setInterval(() => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(join(process.env['SOAK_FOLDER'] ?? '', `memory-${process.pid}`), String(heapUsed + external));
}, 1000).unref();
