import { describeError } from '../../functions/runtime/errors.ts';
import { measure } from './ways.ts';
import type { Task } from './task.ts';

/** One way in a process of its own, so that its memory is its own; prints its measure as JSON. */
try {
  process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '') as Task)));
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
