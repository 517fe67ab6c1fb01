/** One text of one file, which is there exactly once, and what stands there instead. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The code with one bug in it, which the simulation must find. */
export interface Mutant {
  readonly name: string;
  /** The promise of the design that the bug breaks. */
  readonly breaks: number;
  /** Promises that break in its wake: a violation of one of them finds the bug as well. */
  readonly alsoFoundBy?: readonly number[];
  readonly why: string;
  /** A seed that has found it once: the hunt begins there, and goes on from there when the code has changed. */
  readonly seed?: number;
  readonly edits: readonly Edit[];
}
