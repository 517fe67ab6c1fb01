/** What happened in one seed, one line for each event. */
export class Trace {
  readonly lines: string[] = [];
  readonly #follow: ((line: string) => void) | undefined;

  constructor(follow?: (line: string) => void) {
    this.#follow = follow;
  }

  add(who: string, what: string): void {
    const line = `${String(this.lines.length + 1).padStart(5)}  ${who.padEnd(26)} ${what}`;
    this.lines.push(line);
    this.#follow?.(line);
  }
}
