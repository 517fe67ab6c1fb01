/** The measures of a seed. */

/** The first tick; the others follow a minute apart. */
export const BEGIN = Date.parse('2026-11-20T08:00:00Z');
export const MINUTE_MS = 60_000;
/** Google's limit for a call, in seconds, as the plan has it. */
export const TIMEOUT_SECONDS = 540;
/** A call shows life this often, in seconds. */
export const HEARTBEAT_SECONDS = 10;
export const CALLS_AT_ONCE = 5;
/** After so long, every lease has run out. */
export const LONG_SECONDS = 2000;
/** Steps with faults, by default: enough for the runs of one to three ticks, from end to end; a merge begins after 150 or more. */
export const STORM_STEPS = 500;
export const TICKS_AT_MOST = 3;
/** Far more than a seed needs to come to rest. */
export const STEPS_AT_MOST = 30_000;
