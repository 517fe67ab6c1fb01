import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { CopyIn } from '../../../../functions/transcoder/copy-in.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const copyIn = (): CopyIn => new CopyIn('copy t from stdin (format binary)', 1024);

async function* yielding<T>(values: Iterable<T>): AsyncGenerator<T, void, undefined> {
  for (const value of values) yield await Promise.resolve(value);
}

describe('what a COPY is fed with', () => {
  test('is handed on as it comes', async () => {
    const seen: number[] = [];
    for await (const value of copyIn().while(yielding([1, 2, 3]))) seen.push(value);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('is held by nobody once it is handed on, however long the COPY goes on', async () => {
    const copy = copyIn();
    const blocks: WeakRef<object>[] = [];
    function* make(): Generator<object> {
      for (let n = 0; n < 100; n += 1) {
        const block = { bytes: Buffer.alloc(10) };
        blocks.push(new WeakRef(block));
        yield block;
      }
    }
    for await (const block of copy.while(yielding(make()))) expect(block).toBeDefined();
    await setImmediate(); // What was made in this turn is kept until it is over.
    collectGarbage();
    expect(blocks.filter((block) => block.deref() !== undefined).length).toBeLessThan(5);
    expect(copy).toBeDefined();
  });

  test.each([
    ['while the source lets us wait', false],
    ['before it is asked', true],
  ])('ends with what Postgres says, %s', async (_, before) => {
    const copy = copyIn();
    const never = yielding([new Promise<never>(() => undefined)]);
    const say = (): void => {
      copy.handleError(new Error('duplicate key'));
    };
    if (before) say();
    const next = copy.while(never).next();
    if (!before) say();
    await expect(next).rejects.toThrow('duplicate key');
  });

  test('ends with what the source throws', async () => {
    const broken = (async function* () {
      yield await Promise.resolve(1);
      throw new Error('the file is gone');
    })();
    const read = async (): Promise<void> => {
      for await (const value of copyIn().while(broken)) expect(value).toBe(1);
    };
    await expect(read()).rejects.toThrow('the file is gone');
  });
});
