import { Cron } from 'croner';
import { ApiError } from '../kit/errors.ts';

/**
 * unix-cron in Google's extent: five fields of numbers or three-letter names, with `*`, ranges, lists and steps.
 * https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules
 */
const VALUE = '(?:\\d{1,2}|[A-Za-z]{3})';
const ITEM = `(?:\\*|${VALUE}-${VALUE})(?:/\\d{1,2})?|${VALUE}`;
const FIELD = new RegExp(`^(?:${ITEM})(?:,(?:${ITEM}))*$`);
const FIELDS = ['minute', 'hour', 'day of the month', 'month', 'day of the week'] as const;

/** Google also takes App Engine's wording, `every 5 minutes`, which is refused here as lacking rather than as wrong. */
const APP_ENGINE = /^(?:every|\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth)\b/i;

/** The ticks of one schedule in one time zone. */
export class Ticks {
  readonly #cron: Cron;

  /** @throws ApiError INVALID_ARGUMENT naming value and rule, UNIMPLEMENTED for App Engine's format */
  constructor(schedule: string, timeZone: string) {
    checkTimeZone(timeZone);
    checkSchedule(schedule);
    try {
      this.#cron = new Cron(schedule, { timezone: timeZone, mode: '5-part', paused: true });
    } catch (error) {
      const reason = (error as Error).message.replace(/^CronPattern: /, '');
      throw new ApiError('INVALID_ARGUMENT', `schedule "${schedule}" is not valid: ${reason}`);
    }
  }

  /**
   * The first tick after `instant`, both in ms since 1970, or `undefined` when there is none (31 February).
   * A time of day that the clocks skip ticks once, when they have gone forward; one that comes twice ticks the first time
   * only. Schedules with a wildcard, range, list or step in hour or minute tick at each matching instant.
   */
  after(instant: number): number | undefined {
    return this.#cron.nextRun(new Date(instant))?.getTime();
  }
}

function checkSchedule(schedule: string): void {
  if (APP_ENGINE.test(schedule)) {
    throw new ApiError('UNIMPLEMENTED', `schedule "${schedule}": the scheduler emulator takes unix-cron alone`);
  }
  const fields = schedule.trim().split(/\s+/);
  if (schedule.trim() === '' || fields.length !== FIELDS.length) {
    throw new ApiError(
      'INVALID_ARGUMENT',
      `schedule "${schedule}" must have five fields: ${FIELDS.join(', ')}; it has ${schedule.trim() === '' ? 0 : fields.length}`,
    );
  }
  fields.forEach((field, index) => {
    if (FIELD.test(field)) return;
    throw new ApiError(
      'INVALID_ARGUMENT',
      `schedule "${schedule}": "${field}" is not a ${FIELDS[index] ?? 'field'}: must be *, values, ranges (a-b) or steps ` +
        'after either (*/n, a-b/n), separated by commas',
    );
  });
}

function checkTimeZone(timeZone: string): void {
  const rule = `timeZone "${timeZone}" must be a name of the tz database, e.g. Asia/Jakarta`;
  // Intl also takes offsets (+07:00), which are no names of the database.
  if (!/^[A-Za-z]/.test(timeZone)) throw new ApiError('INVALID_ARGUMENT', rule);
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new ApiError('INVALID_ARGUMENT', rule);
  }
}
