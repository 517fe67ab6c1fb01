import { crc32, inflateRawSync } from 'node:zlib';

/** A file in an archive, with what the archive says of it. */
export interface ZipEntry {
  readonly path: string;
  readonly content: Buffer;
  /** DOS date and time: local, and in steps of two seconds. */
  readonly modified: number;
  readonly mode: number;
  /** Bytes of extensions, such as a time in UTC. */
  readonly extraBytes: number;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/**
 * Reads an archive by its central directory: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT. On its own, so
 * that what writes archives is not tested with itself. @throws Error when a checksum differs
 */
export function unzip(archive: Buffer): ZipEntry[] {
  const end = archive.length - 22;
  if (archive.readUInt32LE(end) !== END) throw new Error('not a ZIP file, or one with a comment');
  const entries: ZipEntry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new Error(`no entry at ${at}`);
    const nameBytes = archive.readUInt16LE(at + 28);
    const extraBytes = archive.readUInt16LE(at + 30);
    const path = archive.toString('utf8', at + 46, at + 46 + nameBytes);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const stored = archive.subarray(start, start + archive.readUInt32LE(at + 20));
    const content = archive.readUInt16LE(at + 10) === 0 ? stored : inflateRawSync(stored);
    if (crc32(content) !== archive.readUInt32LE(at + 16)) throw new Error(`${path} is damaged`);
    const mode = archive.readUInt16LE(at + 40);
    entries.push({ path, content, modified: archive.readUInt32LE(at + 12), mode, extraBytes });
    at += 46 + nameBytes + extraBytes + archive.readUInt16LE(at + 32);
  }
  return entries;
}
