import { describe, expect, test } from '@jest/globals';
import { cruise, root, rooms } from './cruise.ts';

const { violations, modules } = cruise(root, rooms);

test('every import follows the arrows of the design', () => {
  expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
});

test('every room was looked at', () => {
  const looked = new Set(modules.map(({ source }) => source.split('/')[0]));
  for (const room of ['emulators', 'functions', 'pipelines', 'schemas', 'scripts', 'test'])
    expect(looked).toContain(room);
});

describe("Google's clients", () => {
  /** Who may talk to Google, or play it: everybody else is handed what they need. */
  const MAY = /^(?:functions\/gcp\/|scripts\/(?:bench|provision|up)\/|infra\/|test\/)/;
  /** An emulator may read the protos that Google's packages carry, and the rules say that it reads nothing else. */
  const PROTOS = /^emulators\/.*\.ts$/;

  test('are imported where the design says, and nowhere else', () => {
    const importers = modules
      .filter(({ dependencies }) =>
        dependencies.some(({ resolved }) => resolved.includes('node_modules/@google-cloud/')),
      )
      .map(({ source }) => source)
      .filter((source) => !source.startsWith('node_modules/'));
    expect(importers).toContain('functions/gcp/storage.ts');
    expect(importers.filter((source) => !MAY.test(source) && !PROTOS.test(source))).toEqual([]);
  });
});
