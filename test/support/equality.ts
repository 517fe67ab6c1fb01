import { expect } from '@jest/globals';

/** Buffers as one value: by default every byte is compared as an element, which takes seconds for a hundred kilobytes. */
expect.addEqualityTesters([
  (one: unknown, other: unknown) => (Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : undefined),
]);
