import { TerminalError } from './errors.ts';

/** One delivery of a Pub/Sub message. */
export interface Delivery {
  readonly messageId: string;
  readonly publishTime: Date;
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The part of a CloudEvent of type google.cloud.pubsub.topic.v1.messagePublished that is read here. */
export interface PubSubEvent {
  readonly id?: string;
  readonly time?: string;
  readonly data?: { readonly message?: PubSubMessage } & Partial<PubSubMessage>;
}
interface PubSubMessage {
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly messageId?: string;
  readonly publishTime?: string;
}

/**
 * Reads what the functions framework hands on. A message that has attributes only arrives unconverted, as
 * `{ subscription, message }` in the place of the event, so both places are looked at.
 * @throws TerminalError MESSAGE_MALFORMED when it is no Pub/Sub message
 */
export function readDelivery(event: PubSubEvent | null | undefined): Delivery {
  const message = event?.data?.message ?? (event as { message?: PubSubMessage } | null | undefined)?.message;
  const messageId: unknown = message?.messageId ?? event?.id;
  const publishTime = new Date(message?.publishTime ?? event?.time ?? '');
  if (!message || typeof messageId !== 'string' || Number.isNaN(publishTime.getTime())) {
    throw new TerminalError(
      'MESSAGE_MALFORMED',
      'the request is not a Pub/Sub push: it lacks message, messageId or publishTime',
    );
  }
  return {
    messageId,
    publishTime,
    data: typeof message.data === 'string' ? Buffer.from(message.data, 'base64') : Buffer.alloc(0),
    attributes: message.attributes ?? {},
  };
}
