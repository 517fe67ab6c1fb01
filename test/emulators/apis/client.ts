import type { Emulator } from '../../../emulators/kit/emulator.ts';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** `GET` of a path on the emulator; the body as JSON. */
export async function get<T>(emulator: Emulator, path: string): Promise<Answer<T>> {
  const response = await fetch(`${emulator.env['OPENLIBRARY_URL'] ?? ''}${path}`, { redirect: 'manual' });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as T,
  };
}

export async function putFault(emulator: Emulator, fault: object): Promise<Answer<unknown>> {
  const response = await fetch(`${emulator.env['OPENLIBRARY_URL'] ?? ''}/emulator/v1/faults`, {
    method: 'PUT',
    body: JSON.stringify(fault),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
