/** Stops at the end of the block, also when the test fails, so that nothing keeps Jest from ending. */
export function disposable<T extends { stop(): Promise<void> }>(emulator: T): T & AsyncDisposable {
  return Object.assign(emulator, {
    [Symbol.asyncDispose]: async () => {
      await emulator.stop();
    },
  });
}
