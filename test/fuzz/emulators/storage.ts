import { CONTROL, sample, type Target } from './sample.ts';

const object = 'storage/v1/b/fuzz/o/a%2Fb';
const upload = 'upload/storage/v1/b/fuzz/o';
const RELATED =
  '--x\r\nContent-Type: application/json\r\n\r\n{"name": "m"}\r\n--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n';
export const storage: Target = {
  name: 'storage',
  variable: 'STORAGE_EMULATOR_HOST',
  setup: [
    sample('POST', 'storage/v1/b', { query: { project: 'demo' }, body: { name: 'fuzz' } }),
    sample('POST', upload, { query: { uploadType: 'media', name: 'a/b' }, body: 'bytes' }),
  ],
  samples: [
    ...CONTROL,
    sample('GET', 'storage/v1/b', { query: { project: 'demo', prefix: 'f', maxResults: '3', pageToken: 'a' } }),
    sample('POST', 'storage/v1/b', {
      query: { project: 'demo' },
      body: {
        name: 'fuzz-more',
        location: 'US',
        storageClass: 'STANDARD',
        versioning: { enabled: true },
        lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: 3, matchesPrefix: ['x'] } }] },
        labels: { a: 'b' },
      },
    }),
    sample('GET', 'storage/v1/b/fuzz', { query: { ifMetagenerationMatch: '1' } }),
    sample('PATCH', 'storage/v1/b/fuzz', { body: { labels: { a: 'b' }, lifecycle: null } }),
    sample('DELETE', 'storage/v1/b/fuzz-more'),
    sample('GET', 'storage/v1/b/fuzz/managedFolders'),
    sample('GET', 'storage/v1/b/fuzz/storageLayout'),
    sample('GET', 'storage/v1/b/fuzz/o', {
      query: {
        prefix: 'a',
        delimiter: '/',
        matchGlob: '**{a,b}[a-z]?',
        startOffset: 'a',
        endOffset: 'z',
        versions: 'true',
        maxResults: '1',
        pageToken: 'YQ==',
      },
    }),
    sample('GET', object, {
      query: { alt: 'media', generation: '1', ifGenerationMatch: '1' },
      headers: { range: 'bytes=1-2' },
    }),
    sample('GET', object, { headers: { range: 'bytes=-1', 'accept-encoding': 'gzip', 'if-none-match': '"x"' } }),
    sample('PATCH', object, { body: { metadata: { a: 'b' }, contentType: 'x', customTime: '2026-01-01T00:00:00Z' } }),
    sample('DELETE', object, { query: { ifGenerationNotMatch: '0' } }),
    sample('POST', `${object}/copyTo/b/fuzz/o/c`, { body: { contentType: 'x' } }),
    sample('POST', `${object}/rewriteTo/b/fuzz/o/c`, {
      query: { maxBytesRewrittenPerCall: '1' },
      body: { metadata: {} },
    }),
    sample('POST', 'storage/v1/b/fuzz/o/c/compose', {
      body: {
        destination: { contentType: 'x' },
        sourceObjects: [{ name: 'a/b', generation: '1', objectPreconditions: { ifGenerationMatch: '1' } }],
      },
    }),
    sample('POST', upload, {
      query: { uploadType: 'media', name: 'n', contentEncoding: 'gzip' },
      headers: { 'x-goog-hash': 'crc32c=AAAAAA==,md5=x' },
      body: 'bytes',
    }),
    sample('POST', upload, {
      query: { uploadType: 'multipart' },
      headers: { 'content-type': 'multipart/related; boundary=x' },
      body: RELATED,
    }),
    sample('POST', upload, {
      query: { uploadType: 'resumable', name: 'r' },
      headers: { 'x-upload-content-length': '5' },
      body: { contentType: 'x', md5Hash: 'x' },
    }),
    sample('PUT', upload, {
      query: { uploadType: 'resumable', upload_id: 'x' },
      headers: { 'content-range': 'bytes 0-4/5' },
      body: 'bytes',
    }),
    sample('DELETE', upload, { query: { uploadType: 'resumable', upload_id: 'x' } }),
    sample('GET', 'download/storage/v1/b/fuzz/o/a%2Fb'),
    sample('GET', 'fuzz/a/b'),
    sample('HEAD', 'fuzz/a/b'),
  ],
  // Reading bytes is refused in text.
  isForeign: (status, body) => status < 500 && !body.startsWith('{'),
};
