import { finalRows, moved, quarantined } from './destinations.ts';
import { type Invariant, runKey, Violation, type World } from './invariant.ts';

/** What a stage says that is not expected: what it does for a repetition if it takes that for new work. */
const OUT_OF_TURN = /^table run .* is in .*; \w+ expects /;

/** Redelivery, duplication and reordering of any message change nothing. */
export const repetition: Invariant = {
  number: 3,
  name: 'repetition changes nothing',
  afterLedger({ moved: changes }) {
    for (const { to } of changes) {
      if (to.state !== 'failed' || !OUT_OF_TURN.test(to.reason ?? '')) continue;
      throw new Violation(repetition, `a message that came again has failed ${runKey(to)}: ${to.reason ?? ''}`);
    }
  },
  atEnd({ state, fired }) {
    if (state.runs.length <= fired.size) return;
    throw new Violation(
      repetition,
      `${fired.size} ticks have fired, some of them twice, and there are ${state.runs.length} runs`,
    );
  },
};

/** Everything that must be as it was after all messages have come once more; as text, part by part. */
export async function fingerprint(world: World): Promise<Map<string, string>> {
  const parts = new Map<string, string>();
  for (const { pipeline, table } of moved(world)) {
    const rows = (await finalRows(world, table)) ?? [];
    parts.set(`final table ${table}`, JSON.stringify(rows.map((row) => JSON.stringify(row)).sort()));
    parts.set(`quarantine of ${table}`, JSON.stringify(quarantined(world, pipeline, table)));
  }
  const { runs, tableRuns, slices, cursors, deadLetters } = world.state;
  for (const [name, value] of Object.entries({ runs, tableRuns, slices, cursors, deadLetters })) {
    parts.set(`the ledger's ${name}`, JSON.stringify(value));
  }
  return parts;
}

/** @throws Violation naming the first part that is not as it was */
export function requireSame(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  for (const [part, was] of before) {
    const is = after.get(part) ?? '';
    if (is === was) continue;
    let at = 0;
    while (was[at] === is[at]) at += 1;
    const around = (text: string): string => text.slice(Math.max(0, at - 80), at + 80);
    throw new Violation(
      repetition,
      `all messages came once more, and ${part} changed from …${around(was)}… to …${around(is)}…`,
    );
  }
}
