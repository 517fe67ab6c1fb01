import type { Bucket, StoredObject } from '../../../../functions/gcp/storage.ts';

/** A bucket in memory, and what went wrong if an upload was told to. */
export interface MemoryBucket extends Bucket {
  readonly objects: Map<string, { readonly text: string; readonly generation: number; readonly contentType: string }>;
}

export interface MemoryBucketOptions {
  /** The upload fails with it, after having read this many chunks. */
  readonly failure?: { readonly error: Error; readonly afterChunks: number };
  /** The upload begins to read only after this. */
  readonly begin?: Promise<unknown>;
}

export function memoryBucket({ failure, begin }: MemoryBucketOptions = {}): MemoryBucket {
  const objects: MemoryBucket['objects'] = new Map();
  const stored = (name: string): StoredObject => {
    const found = objects.get(name);
    return { name, generation: String(found?.generation ?? 0), bytes: found?.text.length ?? 0 };
  };
  return {
    objects,
    generationOf: async (name) => await Promise.resolve(stored(name).generation),
    async upload(name, chunks, { ifGeneration, contentType }) {
      await begin;
      if (failure?.afterChunks === 0) throw failure.error;
      const parts: Buffer[] = [];
      for await (const chunk of chunks) {
        parts.push(chunk);
        if (failure && parts.length >= failure.afterChunks) throw failure.error;
      }
      const generation = objects.get(name)?.generation ?? 0;
      if (String(generation) !== ifGeneration) throw new Error(`generation is ${generation}`);
      objects.set(name, { text: Buffer.concat(parts).toString(), generation: generation + 1, contentType });
      return stored(name);
    },
    async *read(name) {
      const found = objects.get(name);
      if (!found) throw new Error(`there is no ${name}`);
      // In pieces that end anywhere, as a network has them.
      const bytes = Buffer.from(found.text);
      for (let at = 0; at < bytes.length; at += 100) yield await Promise.resolve(bytes.subarray(at, at + 100));
    },
    list: async (prefix) =>
      await Promise.resolve([...objects.keys()].filter((name) => name.startsWith(prefix)).map(stored)),
    async remove(name) {
      await Promise.resolve(objects.delete(name));
    },
    uri: (name) => `gs://memory/${name}`,
  };
}
