import type { Measure, Prepared, Task, WayName } from './task.ts';

type Prepare = (task: Task) => Promise<Prepared>;

/** Read when it is called: a way's memory must not be that of another way's packages. */
const WAYS: Readonly<Record<WayName, () => Promise<Prepare>>> = {
  discard: async () => (await import('./ways/discard.ts')).discard,
  transcoder: async () => (await import('./ways/transcoder.ts')).transcoder,
  bucket: async () => (await import('./ways/bucket.ts')).bucket,
  'cursor + avsc': async () => (await import('./ways/cursor-avsc.ts')).cursorAvsc,
  'JSON lines': async () => (await import('./ways/json-lines.ts')).jsonLines,
  'read Avro': async () => (await import('./ways/read.ts')).readAvro,
  'read JSON lines': async () => (await import('./ways/read.ts')).readJsonLines,
};

/** Does one task and says what it took; the process must do nothing else. */
export async function measure(task: Task): Promise<Omit<Measure, 'processSeconds'>> {
  const prepare = await WAYS[task.way]();
  const prepared = await prepare(task);
  const from = performance.now();
  const result = await prepared.run();
  const to = performance.now();
  await prepared.close();
  const { user, system } = process.cpuUsage();
  return {
    ...result,
    seconds: (to - from) / 1000,
    span: [performance.timeOrigin + from, performance.timeOrigin + to],
    cpuSeconds: (user + system) / 1e6,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
}
