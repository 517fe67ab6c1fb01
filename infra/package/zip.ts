import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** The same in every time zone: a ZIP file holds local time, and the extension that holds UTC is left out. */
const MODIFIED = { mtime: new Date(1980, 0, 1, 12), forceDosTimestamp: true };

/** An archive whose bytes follow from paths and contents alone. Paths are relative, with `/`. */
export async function zip(files: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const path of [...files.keys()].sort()) {
    archive.addBuffer(Buffer.from(files.get(path) ?? []), path, { ...MODIFIED, mode: 0o100644 });
  }
  archive.end();
  return await buffer(archive.outputStream);
}
