import { Cron } from 'croner';

/**
 * Five fields of what every cron has. croner takes more, and Cloud Scheduler would refuse it at the deployment: nicknames,
 * dates, L, W, # and ?. https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules
 */
const FIVE_FIELDS = /^\s*(?:[\d*,/-]+\s+){3}(?:[\d*,/-]|\b[A-Z]{3}\b)+\s+(?:[\d*,/-]|\b[A-Z]{3}\b)+\s*$/i;

/** @throws Error with croner's own words when the schedule or the time zone is none, or when it never comes */
export function parseSchedule(schedule: string, timezone: string): Cron {
  if (!FIVE_FIELDS.test(schedule)) throw new Error('five fields of numbers, "*", ",", "-" and "/" are expected');
  const cron = new Cron(schedule, { paused: true, mode: '5-part', timezone });
  if (!cron.nextRun()) throw new Error('there is no such day');
  return cron;
}

/**
 * The tick that a trigger published at `publishTime` stands for: the last one at or before it. Pub/Sub carries no
 * scheduled time, so this is how a double fire becomes one run.
 * @throws RangeError when the schedule has no tick before that instant
 */
export function tickAt(schedule: string, timezone: string, publishTime: Date): Date {
  // croner works in whole seconds and looks strictly before its reference.
  const justAfter = new Date(Math.floor(publishTime.getTime() / 1000) * 1000 + 1000);
  const [tick] = parseSchedule(schedule, timezone).previousRuns(1, justAfter);
  if (!tick) throw new RangeError(`schedule "${schedule}" has no tick at or before ${publishTime.toISOString()}`);
  return tick;
}

/** The first tick strictly after `instant`. */
export function nextTick(schedule: string, timezone: string, instant: Date): Date {
  const tick = parseSchedule(schedule, timezone).nextRun(instant);
  if (!tick) throw new RangeError(`schedule "${schedule}" has no tick after ${instant.toISOString()}`);
  return tick;
}
