/** Cloud Storage's own limits, https://cloud.google.com/storage/quotas and https://cloud.google.com/storage/docs/objects */

/** A resumable upload keeps whole quanta only: https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload */
export const RESUMABLE_QUANTUM_BYTES = 256 * 1024;
export const OBJECT_MAX_BYTES = 5 * 1024 ** 4;
export const OBJECT_NAME_MAX_BYTES = 1024;
/** All keys and values of an object's custom metadata together. */
export const CUSTOM_METADATA_MAX_BYTES = 8 * 1024;
export const COMPOSE_MAX_SOURCES = 32;
export const LIST_MAX_RESULTS = 1000;
export const BUCKET_NAME_MIN_CHARACTERS = 3;
/** For names without dots, and for each component of a name with dots. */
export const BUCKET_NAME_COMPONENT_MAX_CHARACTERS = 63;
export const BUCKET_NAME_MAX_CHARACTERS = 222;
export const BUCKET_MAX_LABELS = 64;

/** Ours: the JSON part of a multipart upload is held in memory. */
export const UPLOAD_METADATA_MAX_BYTES = 1024 * 1024;
/** Ours: finished resumable sessions that still answer a late status query. */
export const FINISHED_SESSIONS_KEPT = 10_000;
/** Ours: how much of an object is read from disk at once. */
export const READ_CHUNK_BYTES = 512 * 1024;
