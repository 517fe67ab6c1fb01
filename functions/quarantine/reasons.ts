import type { Rejection } from '../transcoder/rows.ts';

/** How many rows of a slice were rejected by one rule, and the reason of the first in full. */
export interface Rejected {
  /** The reason without the row's own value, so that the rows of one cause are one group. */
  readonly rule: string;
  readonly rows: number;
  readonly example: string;
}

/** Causes are few; where there are more, it is because each row has a rule of its own. */
const RULES_AT_MOST = 20;
const OTHERS = 'other reasons';
/** A value may be megabytes long; the row in quarantine has all of it. */
const EXAMPLE_CHARACTERS = 500;

/** Counts reasons as they come. */
export class ReasonCount {
  readonly #groups = new Map<string, { rows: number; readonly example: string }>();

  add(rejection: Pick<Rejection, 'reason' | 'values'>): void {
    const rule = ruleOf(rejection);
    const isNew = !this.#groups.has(rule) && this.#groups.size >= RULES_AT_MOST;
    const key = isNew ? OTHERS : rule;
    const group = this.#groups.get(key);
    if (group) group.rows += 1;
    else this.#groups.set(key, { rows: 1, example: rejection.reason.slice(0, EXAMPLE_CHARACTERS) });
  }

  /** The most frequent first. */
  groups(): Rejected[] {
    const groups = [...this.#groups].map(([rule, group]) => ({ rule, ...group }));
    return groups.sort((a, b) => b.rows - a.rows);
  }
}

/** `field "day": infinity is no date` → `field "day": … is no date`. A reason that does not begin with its value keeps all but its digits. */
export function ruleOf({ reason, values }: Pick<Rejection, 'reason' | 'values'>): string {
  const [, place = '', field = '', rest = ''] = /^(field "([^"]*)": )(.*)$/s.exec(reason) ?? [];
  const value = values[field];
  if (place === '') return withoutDigits(reason).slice(0, EXAMPLE_CHARACTERS);
  const quoted = /^".*?"(?= is )/s.exec(rest)?.[0];
  const shown = quoted ?? (value !== undefined && value !== null && rest.startsWith(`${value} `) ? value : undefined);
  const rule = shown === undefined ? withoutDigits(rest) : `…${rest.slice(shown.length)}`;
  return `${place}${rule}`.slice(0, EXAMPLE_CHARACTERS);
}

function withoutDigits(text: string): string {
  return text.replaceAll(/\d+/g, '…');
}
