import { ApiError } from '../kit/errors.ts';

/** What a PUT to a resumable session says it carries. */
export type ContentRange =
  /** Nothing: it asks how far the upload is, or (with the total) says that it is complete. */
  | { readonly kind: 'status'; readonly total: number | undefined }
  /** Bytes from `first`; `last` is inclusive, and absent when the body's end is the end of the object. */
  | {
      readonly kind: 'data';
      readonly first: number;
      readonly last: number | undefined;
      readonly total: number | undefined;
    };

// None, `bytes 0-*/*`, `bytes 0-99/*`, `bytes 100-149/150`, `bytes */*` or `bytes */150`.
// https://cloud.google.com/storage/docs/performing-resumable-uploads
// The Node client sends `bytes 0--1/0` for an empty object when it was given a chunk size.
/** @throws ApiError 400 when the header is none of the forms above */
export function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { kind: 'data', first: 0, last: undefined, total: undefined };
  const found = /^bytes (?:\*|(\d{1,15})-(-1|\d{1,15}|\*))\/(\d{1,15}|\*)$/.exec(header.trim());
  if (!found) throw invalid(header);
  const total = toNumber(found[3]);
  const first = toNumber(found[1]);
  if (first === undefined) return { kind: 'status', total };
  const last = toNumber(found[2]);
  const backwards = last !== undefined && last < first - 1;
  const beyond = total !== undefined && ((last !== undefined && last >= total) || first > total);
  if (backwards || beyond) throw invalid(header);
  return { kind: 'data', first, last, total };
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined || text === '*' ? undefined : Number(text);
}

function invalid(header: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', `Failed to parse Content-Range header: "${header}"`, {
    reason: 'parseError',
    location: 'Content-Range',
  });
}
