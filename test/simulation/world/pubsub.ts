import { perform } from '../engine/calls.ts';
import { type Failure } from '../engine/calls.ts';

type Publish = (topic: string, data: Buffer, attributes: Readonly<Record<string, string>>) => string;
let publish: Publish | undefined;

/** Where published messages go. */
export function onPublish(to: Publish): void {
  publish = to;
}

/** gRPC's codes and words, as Google's client rejects with them: https://grpc.io/docs/guides/status-codes/ */
const ERRORS: Readonly<Record<Failure, readonly [code: number, message: string]>> = {
  passing: [14, '14 UNAVAILABLE: The service was unable to fulfill your request. Please try again.'],
  lasting: [7, '7 PERMISSION_DENIED: User not authorized to perform this action.'],
  lost: [4, '4 DEADLINE_EXCEEDED: Deadline exceeded after 60.000s'],
};

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
          fail: (failure) => {
            const [code, message] = ERRORS[failure];
            throw Object.assign(new Error(message), { code });
          },
        }),
    };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}
