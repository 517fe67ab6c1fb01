import grpc from '@grpc/grpc-js';
import { addService, loadService, toServiceError, unary } from '../kit/grpc.ts';
import type { Broker } from './broker.ts';
import { GRPC_MAX_RECEIVE_BYTES } from './limits.ts';
import type { Json, NewMessage } from './model.ts';
import { fromProto, receivedMessage, toProto } from './proto.ts';
import { schemaService } from './schema-grpc.ts';
import { streamingPull } from './streaming-pull.ts';
import { renderSubscription } from './subscription.ts';
import { renderTopic } from './topic.ts';

const PROTOS = '@google-cloud/pubsub/build/protos/protos.json';

interface Named {
  readonly name: string;
}
interface Paged {
  readonly project: string;
  readonly topic: string;
  readonly pageSize: number;
  readonly pageToken: string;
}
interface Masked {
  readonly updateMask: { readonly paths: readonly string[] } | null;
}
interface AckRequest {
  readonly subscription: string;
  readonly ackIds: readonly string[];
  readonly ackDeadlineSeconds: number;
}

/** google.pubsub.v1 over gRPC; methods that are not here answer UNIMPLEMENTED. */
export function grpcServer(broker: Broker): grpc.Server {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': GRPC_MAX_RECEIVE_BYTES,
    'grpc.max_send_message_length': -1,
  });
  addService(server, loadService(PROTOS, 'google.pubsub.v1.Publisher'), publisher(broker));
  addService(server, loadService(PROTOS, 'google.pubsub.v1.Subscriber'), subscriber(broker));
  addService(server, loadService(PROTOS, 'google.pubsub.v1.SchemaService'), schemaService(broker));
  return server;
}

function publisher({ topics, messages }: Broker): grpc.UntypedServiceImplementation {
  return {
    CreateTopic: unary((topic: Named) => toProto(renderTopic(topics.create(topic.name, fromProto(topic) as Json)))),
    GetTopic: unary(({ topic }: { topic: string }) => toProto(renderTopic(topics.get(topic)))),
    UpdateTopic: unary(({ topic, updateMask }: { topic: Named | null } & Masked) =>
      toProto(renderTopic(topics.update(topic?.name ?? '', fromProto(topic) as Json, updateMask?.paths ?? []))),
    ),
    DeleteTopic: unary(({ topic }: { topic: string }) => {
      topics.delete(topic);
      return {};
    }),
    ListTopics: unary((request: Paged) => {
      const { items, nextPageToken } = topics.list(request.project, request);
      return { topics: items.map((topic) => toProto(renderTopic(topic))), nextPageToken };
    }),
    ListTopicSubscriptions: unary((request: Paged) => {
      const { items, nextPageToken } = topics.subscriptions(request.topic, request);
      return { subscriptions: items, nextPageToken };
    }),
    Publish: unary((request: { topic: string; messages: readonly NewMessage[] }) => ({
      messageIds: messages.publish(request.topic, request.messages.map(newMessage)),
    })),
  };
}

function subscriber(broker: Broker): grpc.UntypedServiceImplementation {
  const { subscriptions, messages } = broker;
  return {
    CreateSubscription: unary(async (given: Named) =>
      toProto(renderSubscription(await subscriptions.create(given.name, fromProto(given) as Json))),
    ),
    GetSubscription: unary(({ subscription }: { subscription: string }) =>
      toProto(renderSubscription(subscriptions.get(subscription))),
    ),
    UpdateSubscription: unary(async ({ subscription, updateMask }: { subscription: Named | null } & Masked) => {
      const patch = fromProto(subscription) as Json;
      const paths = updateMask?.paths ?? [];
      return toProto(renderSubscription(await subscriptions.update(subscription?.name ?? '', patch, paths)));
    }),
    DeleteSubscription: unary(({ subscription }: { subscription: string }) => {
      subscriptions.delete(subscription);
      return {};
    }),
    ListSubscriptions: unary((request: Paged) => {
      const { items, nextPageToken } = subscriptions.list(request.project, request);
      return { subscriptions: items.map((each) => toProto(renderSubscription(each))), nextPageToken };
    }),
    ModifyPushConfig: unary(async ({ subscription, pushConfig }: { subscription: string; pushConfig: unknown }) => {
      await subscriptions.modifyPushConfig(subscription, fromProto(pushConfig));
      return {};
    }),
    Acknowledge: unary(({ subscription, ackIds }: AckRequest) => {
      messages.acknowledge(subscription, ackIds);
      return {};
    }),
    ModifyAckDeadline: unary(({ subscription, ackIds, ackDeadlineSeconds }: AckRequest) => {
      messages.modifyAckDeadline(subscription, ackIds, ackDeadlineSeconds);
      return {};
    }),
    Pull: pull(broker),
    StreamingPull: streamingPull(broker),
  };
}

/** Not `unary`, for a caller that has gone must not be given messages. */
function pull({ messages }: Broker): grpc.handleUnaryCall<PullRequest, Json> {
  return (call, callback) => {
    const gone = new AbortController();
    call.on('cancelled', () => {
      gone.abort();
    });
    const { subscription, maxMessages, returnImmediately } = call.request;
    messages.pull(subscription, maxMessages, !returnImmediately, gone.signal).then(
      (deliveries) => {
        callback(null, { receivedMessages: deliveries.map(receivedMessage) });
      },
      (error: unknown) => {
        callback(toServiceError(error));
      },
    );
  };
}

interface PullRequest {
  readonly subscription: string;
  readonly maxMessages: number;
  readonly returnImmediately: boolean;
}

/** Without the message id and publish time that a caller may send along: they are the service's to give. */
function newMessage({ data, attributes, orderingKey }: NewMessage): NewMessage {
  return { data, attributes, orderingKey };
}
