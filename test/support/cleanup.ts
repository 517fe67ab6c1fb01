import { afterAll } from '@jest/globals';

type Cleanup = () => Promise<void> | void;
const cleanups: Cleanup[] = [];

/** Does something when the test file is over, last come first; may be called anywhere, inside a test too. */
export function cleanUp(work: Cleanup): void {
  cleanups.push(work);
}

// jest takes hooks while a file is being read and at no other time; the module is read anew for every test file.
afterAll(async () => {
  for (const work of cleanups.reverse()) await work();
}, 60_000);
