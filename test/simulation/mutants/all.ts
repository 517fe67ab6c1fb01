import { noLoss } from './1-no-loss.ts';
import { noDouble } from './2-no-double.ts';
import { repetition } from './3-repetition.ts';
import { cursorLast } from './4-cursor.ts';
import { counts } from './5-counts.ts';
import { oneAtATime } from './6-one-at-a-time.ts';
import { nothingForgotten } from './7-nothing-forgotten.ts';
import { exactValues } from './8-exact-values.ts';
import { zeroRows } from './9-zero-rows.ts';
import type { Mutant } from './mutant.ts';

/** By the promise that they break. */
export const mutants: readonly Mutant[] = [
  ...noLoss,
  ...noDouble,
  ...repetition,
  ...cursorLast,
  ...counts,
  ...oneAtATime,
  ...nothingForgotten,
  ...exactValues,
  ...zeroRows,
];

/** The first of each promise, which is found soonest. */
export const mutantOfEach: readonly Mutant[] = mutants.filter(
  ({ breaks }, index) => mutants.findIndex((other) => other.breaks === breaks) === index,
);
