import { parseSchedule } from '../../pipelines/model/tick.ts';

/** Four years hold every date there is, the 29th of February too. */
const FROM = Date.UTC(2024, 0, 1);
const TO = Date.UTC(2028, 0, 1);
const DAY_MS = 86_400_000;
const MONTHS = 48;

/** An average month. */
export const DAYS_PER_MONTH = (TO - FROM) / DAY_MS / MONTHS;

export interface Ticks {
  /** On average. */
  readonly perMonth: number;
  /** On a day on which it ticks at all. */
  readonly perDay: number;
}

/**
 * How often a schedule ticks. Minute and hour say how often on its days, the other fields on which days, so that each
 * is counted by itself: walking through every minute of a month takes seconds. Clocks that change twice a year are left
 * out: what one of the days lacks the other has twice.
 * @throws Error when the schedule is none
 */
export function countTicks(schedule: string): Ticks {
  const ticks = counted.get(schedule) ?? countFields(schedule);
  counted.set(schedule, ticks);
  return ticks;
}

/** Counting takes tenths of a second, and schedules are alike. */
const counted = new Map<string, Ticks>();

function countFields(schedule: string): Ticks {
  const [minute = '', hour = '', ...date] = schedule.trim().split(/\s+/);
  const perDay = count(`${minute} ${hour} * * *`, FROM + DAY_MS);
  const days = count(`0 0 ${date.join(' ')}`, TO);
  return { perMonth: (perDay * days) / MONTHS, perDay };
}

function count(schedule: string, to: number): number {
  const cron = parseSchedule(schedule, 'UTC');
  let ticks = 0;
  for (let at = cron.nextRun(new Date(FROM - 1000)); at && at.getTime() < to; at = cron.nextRun(at)) ticks += 1;
  return ticks;
}
