/** Polls until `look` finds something. @throws Error naming what was waited for, after `deadlineMs` */
export async function until<T>(what: string, look: () => Promise<T | undefined>, deadlineMs = 45_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
