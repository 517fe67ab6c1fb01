import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Clock } from '../../../emulators/kit/clock.ts';
import { Disk } from '../../../emulators/storage/disk.ts';
import { Session } from '../../../emulators/storage/session.ts';
import { Store } from '../../../emulators/storage/store.ts';
import { UploadFile } from '../../../emulators/storage/upload-file.ts';

/** A disk whose uploads go to Linux's always full device until there is room. */
class FullDisk extends Disk {
  isFull = true;

  override newUpload(): string {
    const path = super.newUpload();
    if (this.isFull) symlinkSync('/dev/full', path);
    return path;
  }
}

let root: string;
let disk: FullDisk;
let store: Store;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'storage-full-'));
  disk = new FullDisk(root);
  store = new Store(disk, new Clock());
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

const FULL = { code: 503, message: expect.stringContaining('ENOSPC') as unknown };
const onLinux = existsSync('/dev/full') ? test : test.skip;

onLinux('bytes that find no room are 503 and leave nothing', async () => {
  const file = new UploadFile(disk);
  await expect(file.append(chunks('hello', 'world'))).rejects.toMatchObject(FULL);
  await file.discard();
  expect(readdirSync(join(root, 'uploads'))).toEqual([]);
});

onLinux('a resumable session outlives a full disk', async () => {
  const bucket = store.createBucket('full-bucket', 'demo', {});
  const request = { bucket, name: 'a', attributes: {}, preconditions: {}, expected: {}, declaredSize: undefined };
  const session = new Session(disk, request);
  const range = { kind: 'data', first: 0, last: undefined, total: undefined } as const;
  const body = (): Parameters<Session['write']>[1] => ({ chunks: chunks('hello'), cut: () => undefined });
  await expect(session.write(range, body(), {})).rejects.toMatchObject(FULL);
  expect(session.state).toBe('open');
  expect(bucket.find('a')).toBeUndefined();
  // The session rewound by removing its file, so the next request starts a new one, on a disk with room.
  const version = await session.write(range, body(), {});
  expect(version).toMatchObject({ size: 5, crc32c: 'mnG7TA==' });
});
