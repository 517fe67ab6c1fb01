import { type Cloud, type CloudOptions, startCloud } from './cloud.ts';
import { type StateFolder, takeFolder } from './folder.ts';

export type SessionOptions = Omit<CloudOptions, 'folder' | 'keep'> & {
  /** Folder that keeps the state; a temporary one when absent. */
  readonly data: string | undefined;
};

export interface Session {
  readonly cloud: Cloud;
  readonly folder: StateFolder;
  /** Resolves with the reason when somebody asks to stop, or when a part of the cloud dies. */
  readonly ended: Promise<'asked to stop' | Error>;
}

/**
 * Does some work with a cloud of its own. Whatever happens, every part is stopped in order and the folder is given back:
 * a signal does not end the process, it resolves `ended`, and the work is expected to return.
 */
export async function withCloud<T>(
  { data, ...options }: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const folder = takeFolder(data);
  // Heard from the beginning; during the start, which takes seconds, it waits until there is something to stop in order.
  const asked = new Promise<'asked to stop'>((resolve) => {
    const stop = (): void => {
      resolve('asked to stop');
    };
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  });
  try {
    const cloud = await startCloud({ ...options, folder: folder.path, keep: folder.keep });
    try {
      return await work({ cloud, folder, ended: Promise.race([asked, cloud.died]) });
    } finally {
      await cloud.stop();
    }
  } finally {
    folder.release();
  }
}
