/**
 * The words of this emulator. A *version* is one generation of an object: immutable bytes (its *blob*, a file) and the
 * metadata that describes them. An *entry* is all versions under one name; it is saved as one file, so what is live
 * and what is noncurrent change together. *Attributes* are the fields that a caller may write.
 */
export type Attributes = Readonly<Record<string, unknown>>;

export interface ObjectVersion {
  readonly name: string;
  /** Microseconds since 1970, strictly increasing; also the name of the blob. */
  readonly generation: number;
  readonly metageneration: number;
  readonly size: number;
  readonly crc32c: string;
  /** Composed objects have none, as in the cloud. */
  readonly md5Hash?: string;
  readonly componentCount?: number;
  readonly timeCreated: string;
  readonly updated: string;
  /** When it became noncurrent. */
  readonly timeDeleted?: string;
  readonly attributes: Attributes;
}

export interface Entry {
  readonly name: string;
  readonly live?: ObjectVersion;
  /** Oldest first; empty in a bucket that never had versioning. */
  readonly noncurrent: readonly ObjectVersion[];
}

export interface BucketRecord {
  readonly name: string;
  readonly projectId: string;
  readonly metageneration: number;
  readonly timeCreated: string;
  readonly updated: string;
  readonly attributes: Attributes;
}

export function versionsOf(entry: Entry): readonly ObjectVersion[] {
  return entry.live === undefined ? entry.noncurrent : [...entry.noncurrent, entry.live];
}
