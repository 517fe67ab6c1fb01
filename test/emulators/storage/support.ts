import { randomUUID } from 'node:crypto';
import { type Bucket, Storage, type StorageOptions } from '@google-cloud/storage';
import type { Emulator, EmulatorOptions } from '../../../emulators/kit/emulator.ts';
import { start } from '../../../emulators/storage/index.ts';

process.env['METADATA_SERVER_DETECTION'] = 'none';

export const PROJECT = 'demo';

/** An emulator, Google's client pointed at it, and shorthands for raw requests. */
export interface Fixture {
  readonly emulator: Emulator;
  readonly host: string;
  readonly storage: Storage;
  /** A new bucket with a name of its own. */
  newBucket(): Promise<Bucket>;
  stop(): Promise<void>;
}

export async function startFixture(options: EmulatorOptions = {}): Promise<Fixture> {
  const emulator = await start(options);
  const host = emulator.env['STORAGE_EMULATOR_HOST'] ?? '';
  const storage = clientFor(host);
  return {
    emulator,
    host,
    storage,
    newBucket: async () => (await storage.createBucket(`bucket-${randomUUID()}`))[0],
    stop: async () => {
      await emulator.stop();
    },
  };
}

/** Google's client without retries, so that a test sees every answer. */
export function clientFor(apiEndpoint: string, options: StorageOptions = {}): Storage {
  return new Storage({ projectId: PROJECT, apiEndpoint, retryOptions: { autoRetry: false }, ...options });
}

/** Opens a resumable session; returns its URL. */
export async function openSession(host: string, bucket: string, name: string, query = ''): Promise<string> {
  const response = await fetch(uploadUrl(host, bucket, name, 'resumable') + query, { method: 'POST' });
  if (response.status !== 200) throw new Error(`opening a session: ${response.status} ${await response.text()}`);
  return response.headers.get('location') ?? '';
}

export function uploadUrl(host: string, bucket: string, name: string, type: string): string {
  return `${host}/upload/storage/v1/b/${bucket}/o?uploadType=${type}&name=${encodeURIComponent(name)}`;
}

export function objectUrl(host: string, bucket: string, name: string, query = ''): string {
  return `${host}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}${query}`;
}

export interface ErrorBody {
  readonly error: { readonly code: number; readonly message: string; readonly errors: readonly { reason: string }[] };
}

/** Status, message and reason of a refused request. */
export async function refusal(
  response: Response,
): Promise<{ status: number; message: string; reason: string | undefined }> {
  const { error } = (await response.json()) as ErrorBody;
  return { status: response.status, message: error.message, reason: error.errors[0]?.reason };
}

/** Bytes that differ everywhere, so that a shifted or repeated chunk shows. */
export function patterned(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 42;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}
