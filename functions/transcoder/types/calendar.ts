/** Postgres counts from 2000-01-01, Avro from 1970-01-01: days between them. */
export const EPOCH_DAYS = 10_957;
/** BigQuery's first and last day, 0001-01-01 and 9999-12-31, in days since 1970-01-01. */
export const FIRST_DAY = -719_162;
export const LAST_DAY = 2_932_896;

export const SECOND_MICROS = 1_000_000;
export const DAY_MICROS = 86_400 * SECOND_MICROS;

const two = (value: number): string => String(value).padStart(2, '0');

/** A day as Postgres prints it, years before the first as BC. @param day since 1970-01-01 */
export function printDay(day: number): string {
  // Days to a civil date in eras of 400 years: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const dayOfMonth = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const text = `${String(year > 0 ? year : 1 - year).padStart(4, '0')}-${two(month)}-${two(dayOfMonth)}`;
  return year > 0 ? text : `${text} BC`;
}

/** A time of day as Postgres prints it, without zeros at the end of the fraction. @param micros since midnight */
export function printTime(micros: number): string {
  const seconds = Math.floor(micros / SECOND_MICROS);
  const [hour, minute, second] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${two(hour)}:${two(minute)}:${two(second)}${printFraction(micros % SECOND_MICROS)}`;
}

/** @param micros below a second */
export function printFraction(micros: number): string {
  return micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
}

/** A timestamp as Postgres prints it, the time zone's offset before the BC. @param micros since 2000-01-01 */
export function printTimestamp(micros: bigint, zone: string): string {
  const day = BigInt(DAY_MICROS);
  const ofDay = ((micros % day) + day) % day;
  const date = printDay(Number((micros - ofDay) / day) + EPOCH_DAYS);
  const time = `${printTime(Number(ofDay))}${zone}`;
  return date.endsWith(' BC') ? `${date.slice(0, -3)} ${time} BC` : `${date} ${time}`;
}
