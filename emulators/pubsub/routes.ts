import type { Handler, Reply, Request, Routes } from '../kit/router.ts';
import type { Broker } from './broker.ts';
import { invalid } from './checks.ts';
import type { Delivery, Json } from './model.ts';
import { pageBody, pageOf } from './paging.ts';
import { schemaRoutes } from './schema-routes.ts';
import { acknowledgeShape, modifyAckDeadlineShape, publishShape, pullShape, read } from './shapes.ts';
import { renderSubscription } from './subscription.ts';
import { renderTopic } from './topic.ts';

/** REST v1, https://cloud.google.com/pubsub/docs/reference/rest; what is not here is answered with 501. */
export function routes(broker: Broker): Routes {
  return { ...topicRoutes(broker), ...subscriptionRoutes(broker), ...schemaRoutes(broker) };
}

const TOPIC = '/v1/projects/{project}/topics/{topic}';
const SUBSCRIPTION = '/v1/projects/{project}/subscriptions/{subscription}';

function topicRoutes({ topics, messages }: Broker): Routes {
  return {
    [`POST ${TOPIC}:publish`]: async (request) => {
      const { messages: given } = read(publishShape, await request.json(), 'publish_request');
      return { body: { messageIds: messages.publish(topicName(request), given) } };
    },
    [`PUT ${TOPIC}`]: async (request) => ok(renderTopic(topics.create(topicName(request), await request.json()))),
    [`GET ${TOPIC}`]: (request) => ok(renderTopic(topics.get(topicName(request)))),
    [`PATCH ${TOPIC}`]: async (request) => {
      const { patch, paths } = await readPatch(request, 'topic');
      return ok(renderTopic(topics.update(topicName(request), patch, paths)));
    },
    [`DELETE ${TOPIC}`]: (request) => {
      topics.delete(topicName(request));
      return ok({});
    },
    [`GET ${TOPIC}/subscriptions`]: (request) => {
      const { items, nextPageToken } = topics.subscriptions(topicName(request), pageOf(request));
      return ok(pageBody('subscriptions', items, nextPageToken));
    },
    'GET /v1/projects/{project}/topics': (request) => {
      const { items, nextPageToken } = topics.list(projectName(request), pageOf(request));
      return ok(pageBody('topics', items.map(renderTopic), nextPageToken));
    },
  };
}

function subscriptionRoutes({ subscriptions, messages }: Broker): Routes {
  return {
    [`POST ${SUBSCRIPTION}:pull`]: pull(messages),
    [`POST ${SUBSCRIPTION}:acknowledge`]: async (request) => {
      const { ackIds } = read(acknowledgeShape, await request.json(), 'acknowledge_request');
      messages.acknowledge(subscriptionName(request), ackIds);
      return ok({});
    },
    [`POST ${SUBSCRIPTION}:modifyAckDeadline`]: async (request) => {
      const given = read(modifyAckDeadlineShape, await request.json(), 'modify_ack_deadline_request');
      messages.modifyAckDeadline(subscriptionName(request), given.ackIds, given.ackDeadlineSeconds);
      return ok({});
    },
    [`POST ${SUBSCRIPTION}:modifyPushConfig`]: async (request) => {
      const { pushConfig } = await request.json();
      await subscriptions.modifyPushConfig(subscriptionName(request), pushConfig);
      return ok({});
    },
    [`PUT ${SUBSCRIPTION}`]: async (request) =>
      ok(renderSubscription(await subscriptions.create(subscriptionName(request), await request.json()))),
    [`GET ${SUBSCRIPTION}`]: (request) => ok(renderSubscription(subscriptions.get(subscriptionName(request)))),
    [`PATCH ${SUBSCRIPTION}`]: async (request) => {
      const { patch, paths } = await readPatch(request, 'subscription');
      return ok(renderSubscription(await subscriptions.update(subscriptionName(request), patch, paths)));
    },
    [`DELETE ${SUBSCRIPTION}`]: (request) => {
      subscriptions.delete(subscriptionName(request));
      return ok({});
    },
    'GET /v1/projects/{project}/subscriptions': (request) => {
      const { items, nextPageToken } = subscriptions.list(projectName(request), pageOf(request));
      return ok(pageBody('subscriptions', items.map(renderSubscription), nextPageToken));
    },
  };
}

function pull(messages: Broker['messages']): Handler {
  return async (request) => {
    const { maxMessages, returnImmediately } = read(pullShape, await request.json(), 'pull_request');
    const gone = new AbortController();
    request.response.on('close', () => {
      gone.abort();
    });
    const deliveries = await messages.pull(subscriptionName(request), maxMessages, !returnImmediately, gone.signal);
    return ok(deliveries.length === 0 ? {} : { receivedMessages: deliveries.map(receivedMessage) });
  };
}

function receivedMessage({ ackId, message, deliveryAttempt }: Delivery): Json {
  return {
    ackId,
    message: {
      ...(message.data.length > 0 && { data: message.data.toString('base64') }),
      ...(Object.keys(message.attributes).length > 0 && { attributes: message.attributes }),
      messageId: message.messageId,
      publishTime: new Date(message.publishTime).toISOString(),
      ...(message.orderingKey !== '' && { orderingKey: message.orderingKey }),
    },
    ...(deliveryAttempt > 0 && { deliveryAttempt }),
  };
}

async function readPatch(
  request: Request,
  field: 'topic' | 'subscription',
): Promise<{ readonly patch: Json; readonly paths: readonly string[] }> {
  const body = await request.json();
  const patch = body[field];
  const mask = body['updateMask'] ?? '';
  if (typeof patch !== 'object' || patch === null) throw invalid(`The ${field} in the request must be set.`);
  if (typeof mask !== 'string') throw invalid("Invalid value at 'update_mask': must be a comma-separated string.");
  return { patch: patch as Json, paths: mask.split(',').filter((path) => path !== '') };
}

function ok(body: Json): Reply {
  return { body };
}

function projectName({ params }: Request): string {
  return `projects/${params['project'] ?? ''}`;
}

function topicName(request: Request): string {
  return `${projectName(request)}/topics/${request.params['topic'] ?? ''}`;
}

function subscriptionName(request: Request): string {
  return `${projectName(request)}/subscriptions/${request.params['subscription'] ?? ''}`;
}
