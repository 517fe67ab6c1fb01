import type grpc from '@grpc/grpc-js';
import { toServiceError } from '../kit/grpc.ts';
import type { Broker } from './broker.ts';
import { invalid } from './checks.ts';
import type { Consumer } from './consumers.ts';
import { ACK_DEADLINE_MAX_S, ACK_DEADLINE_MIN_S, STREAM_BATCH_MAX_BYTES, STREAM_BATCH_MAX_MESSAGES } from './limits.ts';
import type { Json, Message } from './model.ts';
import { notFound } from './names.ts';
import { receivedMessage } from './proto.ts';
import type { Queue } from './queue.ts';

interface StreamRequest {
  readonly subscription: string;
  readonly ackIds: readonly string[];
  readonly modifyDeadlineSeconds: readonly number[];
  readonly modifyDeadlineAckIds: readonly string[];
  readonly streamAckDeadlineSeconds: number;
  readonly maxOutstandingMessages: string;
  readonly maxOutstandingBytes: string;
}
type Call = grpc.ServerDuplexStream<StreamRequest, Json>;

/** https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#streamingpullrequest */
export function streamingPull(broker: Broker): grpc.handleBidiStreamingCall<StreamRequest, Json> {
  return (call) => {
    let stream: Stream | undefined;
    const fail = (error: unknown): void => {
      stream?.detach();
      call.emit('error', toServiceError(error));
    };
    call.on('data', (request: StreamRequest) => {
      try {
        if (stream) stream.receive(request);
        else stream = new Stream(broker, call, request, fail);
      } catch (error) {
        fail(error);
      }
    });
    call.on('end', () => {
      stream?.detach();
      call.end();
    });
    call.on('cancelled', () => stream?.detach());
  };
}

/** One open stream: a consumer with the room that its client declared. */
class Stream implements Consumer {
  readonly detach: () => void;
  readonly #broker: Broker;
  readonly #call: Call;
  readonly #fail: (error: unknown) => void;
  readonly #queue: Queue;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #ackDeadlineSeconds: number;
  #outstandingMessages = 0;
  #outstandingBytes = 0;
  #attached = true;
  #draining = false;

  constructor(broker: Broker, call: Call, first: StreamRequest, fail: (error: unknown) => void) {
    this.#broker = broker;
    this.#call = call;
    this.#fail = fail;
    this.#queue = broker.messages.pullable(first.subscription);
    this.#ackDeadlineSeconds = checkDeadline(first.streamAckDeadlineSeconds);
    // 0 is "no limit".
    this.#maxMessages = Number(first.maxOutstandingMessages) || Infinity;
    this.#maxBytes = Number(first.maxOutstandingBytes) || Infinity;
    const detach = this.#queue.attach(this);
    this.detach = () => {
      this.#attached = false;
      detach();
    };
    call.on('drain', () => {
      this.#draining = false;
      this.offer(Infinity);
    });
  }

  /** A later request: acks, deadlines, or nothing at all, which keeps the stream alive and wants an answer. */
  receive(request: StreamRequest): void {
    const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds, streamAckDeadlineSeconds } = request;
    const { name } = this.#queue.subscription;
    if (streamAckDeadlineSeconds !== 0) this.#ackDeadlineSeconds = checkDeadline(streamAckDeadlineSeconds);
    if (ackIds.length > 0) this.#broker.messages.acknowledge(name, ackIds);
    for (const [index, ackId] of modifyDeadlineAckIds.entries()) {
      this.#broker.messages.modifyAckDeadline(name, [ackId], modifyDeadlineSeconds[index] ?? 0);
    }
    this.#call.write({ receivedMessages: [] });
  }

  offer(limit: number): void {
    while (this.#attached && !this.#draining) {
      const deliveries = this.#queue.lease({
        maxMessages: Math.min(limit, STREAM_BATCH_MAX_MESSAGES, this.#maxMessages - this.#outstandingMessages),
        maxBytes: Math.min(STREAM_BATCH_MAX_BYTES, this.#maxBytes - this.#outstandingBytes),
        ackDeadlineSeconds: this.#ackDeadlineSeconds,
        onSettled: (message) => {
          this.#settled(message);
        },
      });
      if (deliveries.length === 0) return;
      this.#outstandingMessages += deliveries.length;
      for (const { message } of deliveries) this.#outstandingBytes += message.data.length;
      this.#draining = !this.#call.write({
        receivedMessages: deliveries.map(receivedMessage),
        subscriptionProperties: { messageOrderingEnabled: this.#queue.subscription.enableMessageOrdering },
      });
      if (limit !== Infinity) return;
    }
  }

  closed(): void {
    this.#fail(notFound(this.#queue.subscription.name));
  }

  #settled(message: Message): void {
    this.#outstandingMessages -= 1;
    this.#outstandingBytes -= message.data.length;
    // There is room again; not at once, for the queue is in the middle of a change.
    queueMicrotask(() => {
      this.offer(Infinity);
    });
  }
}

function checkDeadline(seconds: number): number {
  if (seconds >= ACK_DEADLINE_MIN_S && seconds <= ACK_DEADLINE_MAX_S) return seconds;
  throw invalid(
    `Invalid stream_ack_deadline_seconds ${seconds}: must be between ${ACK_DEADLINE_MIN_S} and ${ACK_DEADLINE_MAX_S}.`,
  );
}
