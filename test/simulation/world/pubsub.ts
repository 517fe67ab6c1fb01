import { perform } from '../engine/calls.ts';
import { pick, PUBSUB } from './refusals.ts';

type Publish = (topic: string, data: Buffer, attributes: Readonly<Record<string, string>>) => string;
let publish: Publish | undefined;

/** Where published messages go. */
export function onPublish(to: Publish): void {
  publish = to;
}

/** As much of Google's client as `functions/gcp/pubsub.ts` uses: it speaks gRPC, which cannot end in this process. */
export class PubSub {
  topic(name: string): {
    publishMessage(message: { data: Buffer; attributes: Record<string, string> }): Promise<string>;
  } {
    return {
      publishMessage: async ({ data, attributes }) =>
        await perform({
          service: 'pubsub',
          what: `publish to ${name}: ${data.toString()}`,
          act: () => {
            if (!publish) throw new Error('nobody takes what is published');
            return Promise.resolve(publish(name, data, attributes));
          },
          fail: (failure, variant) => {
            const [code, message] = pick(PUBSUB, failure, variant);
            throw Object.assign(new Error(message), { code });
          },
        }),
    };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}
