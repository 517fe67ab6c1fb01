import { describe, expect, test } from '@jest/globals';
import { startTestCloud } from '../support/cloud.ts';
import { finalRows, libraryTables, sourceRows } from '../support/library.ts';
import { findOfficial, startOfficial } from '../emulators/pubsub/conformance/official.ts';
import { cleanUp } from '../support/cleanup.ts';

const official = findOfficial();
if ('missing' in official)
  process.stdout.write(`skipped: the chain over the official Pub/Sub emulator (${official.missing})\n`);
const whereInstalled = 'program' in official ? describe : describe.skip;

whereInstalled('over the official Pub/Sub emulator, by environment variable alone', () => {
  test('generate and library run, and the final tables equal the source', async () => {
    const { host, stop } = await startOfficial('program' in official ? official.program : '');
    cleanUp(stop);
    const cloud = await startTestCloud({ env: { PATH: process.env['PATH'], PUBSUB_EMULATOR_HOST: host } });
    expect(cloud.parts.map((part) => part.name)).not.toContain('pubsub');
    await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
    await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
    for (const table of libraryTables) expect(await finalRows(cloud, table)).toEqual(await sourceRows(cloud, table));
  });
});
