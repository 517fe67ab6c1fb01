import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Delivery, Subscription } from './model.ts';

const USER_AGENT = 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)';
const TOKEN_LIFETIME_S = 3600;

export interface PushRequest {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The request that Google sends to a push endpoint, https://cloud.google.com/pubsub/docs/push#receive_push */
export function pushRequest(subscription: Subscription, delivery: Delivery): PushRequest {
  const { pushEndpoint, noWrapper } = subscription.pushConfig;
  const headers = { 'user-agent': USER_AGENT, ...authorization(subscription) };
  if (!noWrapper) {
    const body = Buffer.from(JSON.stringify(wrapped(subscription, delivery)));
    return { endpoint: pushEndpoint, headers: { 'content-type': 'application/json', ...headers }, body };
  }
  const metadata = noWrapper.writeMetadata ? unwrappedHeaders(subscription, delivery) : {};
  return { endpoint: pushEndpoint, headers: { ...metadata, ...headers }, body: delivery.message.data };
}

function wrapped({ name }: Subscription, { message, deliveryAttempt }: Delivery): object {
  const publishTime = new Date(message.publishTime).toISOString();
  return {
    message: {
      ...(Object.keys(message.attributes).length > 0 && { attributes: message.attributes }),
      ...(message.data.length > 0 && { data: message.data.toString('base64') }),
      messageId: message.messageId,
      message_id: message.messageId,
      ...(message.orderingKey !== '' && { orderingKey: message.orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription: name,
    ...(deliveryAttempt > 0 && { deliveryAttempt }),
  };
}

/** https://cloud.google.com/pubsub/docs/payload-unwrapping#write_metadata */
function unwrappedHeaders({ name }: Subscription, { message, deliveryAttempt }: Delivery): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(message.attributes)) {
    if (isHeader(key, value)) headers[key.toLowerCase()] = value;
  }
  return {
    ...headers,
    'x-goog-pubsub-subscription-name': name,
    'x-goog-pubsub-message-id': message.messageId,
    'x-goog-pubsub-publish-time': new Date(message.publishTime).toISOString(),
    ...(isHeader('x-goog-pubsub-ordering-key', message.orderingKey) &&
      message.orderingKey !== '' && { 'x-goog-pubsub-ordering-key': message.orderingKey }),
    ...(deliveryAttempt > 0 && { 'x-goog-pubsub-delivery-attempt': String(deliveryAttempt) }),
  };
}

/** An attribute may hold what no header can; it is then left out. */
function isHeader(key: string, value: string): boolean {
  try {
    validateHeaderName(key);
    validateHeaderValue(key, value);
    return true;
  } catch {
    return false;
  }
}

/**
 * A bearer token with the claims of Google's, https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions.
 * No key stands behind the signature: whoever verifies it refuses it, as it should be.
 */
function authorization({ pushConfig: { oidcToken, pushEndpoint } }: Subscription): Record<string, string> {
  if (!oidcToken) return {};
  const issuedAt = Math.floor(Date.now() / 1000);
  const header = { alg: 'RS256', kid: 'emulator', typ: 'JWT' };
  const claims = {
    iss: 'https://accounts.google.com',
    aud: oidcToken.audience === '' ? pushEndpoint : oidcToken.audience,
    azp: oidcToken.serviceAccountEmail,
    email: oidcToken.serviceAccountEmail,
    email_verified: true,
    sub: oidcToken.serviceAccountEmail,
    iat: issuedAt,
    exp: issuedAt + TOKEN_LIFETIME_S,
  };
  const parts = [JSON.stringify(header), JSON.stringify(claims), 'not-a-signature'];
  return { authorization: `Bearer ${parts.map((part) => Buffer.from(part).toString('base64url')).join('.')}` };
}
