import { parseSchedule } from './tick.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** How long a run may take beyond its tick, and the log beyond the run, before that counts as late. */
const GRACE_SECONDS = HOUR / 2;
/** Google looks back over window and retest together: https://cloud.google.com/monitoring/alerts/using-promql#limitations */
const LOOKBACK_SECONDS = 25 * HOUR;
/** A log-based metric may lag behind its log by ten minutes, so a window shorter than this sees gaps where none are. */
const SHORTEST_WINDOW_SECONDS = HOUR / 2;

/** Looked at in UTC, where every day has 24 hours; the day that has 25 may call a daily pipeline late for an hour. */
const YEAR = 2027;
const DAYS = 365;

export interface Freshness {
  /** No success for so long … */
  readonly windowSeconds: number;
  /** … and that for so long again: a pipeline that has just been deployed gets a period before it is called late. */
  readonly retestSeconds: number;
}

/**
 * When a pipeline counts as late: two of its longest periods after its last success, and a grace. Google looks back over
 * 25 hours, so a daily one is called late after that, which is one missed tick; one that leaves out a day cannot be watched this way.
 * @returns undefined when the schedule leaves out whole days
 */
export function freshness(schedule: string): Freshness | undefined {
  const longest = longestGapSeconds(schedule);
  if (longest === undefined) return undefined;
  const retestSeconds = Math.min(longest + GRACE_SECONDS, DAY);
  const windowSeconds = Math.min(Math.max(longest, SHORTEST_WINDOW_SECONDS), LOOKBACK_SECONDS - retestSeconds);
  return { windowSeconds, retestSeconds };
}

/** The longest time between two ticks; undefined for a schedule that does not tick every day of a year. */
function longestGapSeconds(schedule: string): number | undefined {
  const cron = parseSchedule(schedule, 'UTC');
  const after = (instant: number): number => cron.nextRun(new Date(instant))?.getTime() ?? Infinity;
  for (let day = 1; day <= DAYS; day += 1) {
    const midnight = Date.UTC(YEAR, 0, day);
    if (after(midnight - 1000) >= midnight + DAY * 1000) return undefined;
  }
  // The fields of a schedule combine freely: one that ticks on every day ticks alike on every day.
  const first = after(Date.UTC(YEAR, 0, 1) - 1000);
  let longest = 0;
  for (let tick = first; tick < first + DAY * 1000;) {
    const next = after(tick);
    longest = Math.max(longest, (next - tick) / 1000);
    tick = next;
  }
  return longest;
}
