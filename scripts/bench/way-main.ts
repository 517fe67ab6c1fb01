import { measure, type Task } from './ways.ts';

/** One way in a process of its own, so that its memory is its own; prints its measure as JSON. */
process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '') as Task)));
