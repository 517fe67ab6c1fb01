import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { File } from '@google-cloud/storage';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openBucket } from '../../../../functions/gcp/storage.ts';
import { TransientError } from '../../../../functions/runtime/errors.ts';
import { type Fixture, startFixture } from '../../../emulators/storage/support.ts';

let fixture: Fixture;
let network: Server;
/** What the way to the bucket does to the bytes of an object. */
let onTheWay = (bytes: Buffer): Buffer => bytes;
let isRefused = false;
const host = process.env['STORAGE_EMULATOR_HOST'];

beforeAll(async () => {
  fixture = await startFixture();
  network = createServer((incoming, outgoing) => {
    void pass(incoming).then(({ status, headers, body }) => outgoing.writeHead(status, headers).end(body));
  }).listen(0, '127.0.0.1');
  await once(network, 'listening');
  process.env['STORAGE_EMULATOR_HOST'] = `http://127.0.0.1:${(network.address() as AddressInfo).port}`;
});

afterEach(() => {
  onTheWay = (bytes) => bytes;
  isRefused = false;
});

afterAll(async () => {
  if (host === undefined) delete process.env['STORAGE_EMULATOR_HOST'];
  else process.env['STORAGE_EMULATOR_HOST'] = host;
  network.closeAllConnections();
  network.close();
  await fixture.stop();
});

async function pass(incoming: IncomingMessage) {
  if (isRefused) return { status: 403, headers: {}, body: Buffer.from('{"error":{"code":403}}') };
  const body = await buffer(incoming);
  const { method, url = '', headers } = incoming;
  const isObject = method === 'PUT' || (method === 'POST' && url.includes('uploadType=multipart'));
  const onward = request(fixture.host + url, { method, headers: { ...headers, 'transfer-encoding': '' } });
  onward.removeHeader('transfer-encoding');
  onward.end(isObject ? onTheWay(body) : body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
}

async function* chunks(): AsyncGenerator<Buffer> {
  for (let number = 0; number < 20; number++) yield await Promise.resolve(Buffer.alloc(10_000, number));
}

/** As Google's client makes it, by the package of that name. */
type Duplexify = Duplex & { setWritable(writable: PassThrough): void };

const OPTIONS = { ifGeneration: '0', contentType: 'application/avro' };

describe('an upload', () => {
  it('arrives as it was sent', async () => {
    const bucket = await fixture.newBucket();
    const stored = await openBucket('demo', bucket.name).upload('slice.avro', chunks(), OPTIONS);
    expect(stored).toMatchObject({ name: 'slice.avro', bytes: 200_000 });
    const [bytes] = await bucket.file('slice.avro').download();
    expect(bytes).toEqual(await buffer(chunks()));
  });

  it('fails when one bit of it arrives otherwise, and leaves nothing that looks complete', async () => {
    const bucket = await fixture.newBucket();
    onTheWay = (bytes) => {
      bytes.writeUInt8(bytes.readUInt8(123_456) ^ 1, 123_456);
      return bytes;
    };
    await expect(openBucket('demo', bucket.name).upload('slice.avro', chunks(), OPTIONS)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringMatching(/writing slice\.avro in gs:.* failed: .*did not match/i),
    });
    expect(await bucket.file('slice.avro').exists()).toEqual([false]);
  });

  async function* hanging(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.alloc(10_000));
    await new Promise(() => undefined);
  }

  it('fails at once when the bucket refuses it, though its source makes everybody wait', async () => {
    const bucket = await fixture.newBucket();
    isRefused = true;
    const upload = openBucket('demo', bucket.name).upload('slice.avro', hanging(), OPTIONS);
    await expect(upload).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  it('that has failed is over: an error of its inner stream that nobody listens to any more ends no process', async () => {
    const bucket = await fixture.newBucket();
    const late = Promise.withResolvers<undefined>();
    // The bytes are sent, and the answer fails twice, as when a lost one is asked for again.
    const failTwice = async (inner: Duplexify, sink: PassThrough): Promise<undefined> => {
      await finished(sink);
      await setImmediate();
      inner.emit('error', new Error('lost'));
      await setImmediate();
      inner.emit('error', new Error('lost again'));
      return undefined;
    };
    const begin = jest.spyOn(File.prototype, 'startResumableUpload_').mockImplementation((inner) => {
      const sink = new PassThrough().resume();
      (inner as Duplexify).setWritable(sink);
      late.resolve(failTwice(inner, sink));
    });
    await expect(openBucket('demo', bucket.name).upload('slice.avro', chunks(), OPTIONS)).rejects.toThrow('lost');
    begin.mockRestore();
    await expect(late.promise).resolves.toBeUndefined();
  });

  it('that fails when its bytes are sent, and before the client waits for the answer, does not wait for ever', async () => {
    const bucket = await fixture.newBucket();
    const begin = jest.spyOn(File.prototype, 'startResumableUpload_').mockImplementation((inner) => {
      (inner as Duplexify).setWritable(new PassThrough().resume());
      inner.once('finish', () => {
        process.nextTick(() => inner.emit('error', new Error('too large')));
      });
    });
    await expect(openBucket('demo', bucket.name).upload('slice.avro', chunks(), OPTIONS)).rejects.toThrow('too large');
    begin.mockRestore();
  });

  it('that is given up fails for the reason that was given', async () => {
    const bucket = await fixture.newBucket();
    const lost = new AbortController();
    const { signal } = lost;
    const upload = openBucket('demo', bucket.name).upload('slice.avro', hanging(), { ...OPTIONS, signal });
    lost.abort(new TransientError('CLAIMED_ELSEWHERE', 'another call is at it'));
    await expect(upload).rejects.toMatchObject({ code: 'CLAIMED_ELSEWHERE', message: 'another call is at it' });
    expect(await bucket.file('slice.avro').exists()).toEqual([false]);
  });
});
