import { PassThroughClient } from 'google-auth-library';

/** With an emulator there is nobody to authenticate to, and looking for credentials costs seconds or the process. */
export function emulatorAuth(emulatorHost: string | undefined): { authClient?: PassThroughClient } {
  return emulatorHost === undefined || emulatorHost === '' ? {} : { authClient: new PassThroughClient() };
}
