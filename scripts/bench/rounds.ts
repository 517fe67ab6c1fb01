import type { Measure } from './task.ts';

/** One that takes part in a comparison. */
export interface Contender {
  readonly way: string;
  /** Another one of the comparison that does the same in the usual way. */
  readonly rival?: string;
  readonly measure: () => Promise<Measure>;
}

/** Medians of a contender's rounds, and the highest peak; rates and ratios derive from them. */
export interface Outcome {
  readonly way: string;
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly processSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly rowsPerSecond: number;
  /** Throughput of this one divided by that of the first one, round by round, and of these the median. */
  readonly ofFirst: number;
  /** The same against its rival. */
  readonly ofRival?: number;
}

/**
 * All take turns, round by round, so that whatever else the machine does hits all of them. A ratio is taken within each
 * round, between neighbours in time.
 * @param rows how many rows each of them moves, whether it says so or not
 */
export async function takeTurns(contenders: readonly Contender[], rows: number, rounds: number): Promise<Outcome[]> {
  const measures = new Map(contenders.map(({ way }): [string, Measure[]] => [way, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { way, measure } of contenders) measures.get(way)?.push(await measure());
  }
  const first = measures.get(contenders[0]?.way ?? '') ?? [];
  return contenders.map(({ way, rival }) => {
    const own = measures.get(way) ?? [];
    const other = rival === undefined ? undefined : measures.get(rival);
    const seconds = median(own.map((one) => one.seconds));
    return {
      way,
      rows,
      bytes: own[0]?.bytes ?? 0,
      seconds,
      processSeconds: median(own.map(({ processSeconds }) => processSeconds)),
      cpuSeconds: median(own.map(({ cpuSeconds }) => cpuSeconds)),
      peakMb: Math.max(...own.map(({ peakMb }) => peakMb)),
      rowsPerSecond: rows / seconds,
      ofFirst: ratio(own, first),
      ...(other === undefined ? {} : { ofRival: ratio(own, other) }),
    };
  });
}

function ratio(own: readonly Measure[], others: readonly Measure[]): number {
  return median(own.map(({ seconds }, round) => (others[round]?.seconds ?? NaN) / seconds));
}

/** The middle one; of an even number, the upper of the two. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
