import { v1 } from '@google-cloud/pubsub';
import { callJson, type Json } from '../harness.ts';

/** Methods of Google's API by name; requests and answers are in proto3 JSON, for either transport. */
export type Method =
  | 'CreateTopic'
  | 'GetTopic'
  | 'UpdateTopic'
  | 'DeleteTopic'
  | 'ListTopics'
  | 'ListTopicSubscriptions'
  | 'Publish'
  | 'CreateSubscription'
  | 'GetSubscription'
  | 'UpdateSubscription'
  | 'DeleteSubscription'
  | 'ListSubscriptions'
  | 'ModifyPushConfig'
  | 'Pull'
  | 'Acknowledge'
  | 'ModifyAckDeadline'
  | 'Seek'
  | SchemaMethod;

type SchemaMethod =
  | 'CreateSchema'
  | 'GetSchema'
  | 'ListSchemas'
  | 'DeleteSchema'
  | 'ListSchemaRevisions'
  | 'CommitSchema'
  | 'RollbackSchema'
  | 'DeleteSchemaRevision'
  | 'ValidateSchema'
  | 'ValidateMessage';

export type Outcome = { readonly answer: Json } | { readonly error: string; readonly message: string };

export interface Transport {
  invoke(method: Method, request: Json): Promise<Outcome>;
  close(): Promise<void>;
}

/** Google's generated REST paths: the field that makes the path, verb, suffix, and what the body is. */
const REST: Record<Method, readonly [field: string, verb: string, suffix: string]> = {
  CreateTopic: ['name', 'PUT', ''],
  GetTopic: ['topic', 'GET', ''],
  UpdateTopic: ['topic.name', 'PATCH', ''],
  DeleteTopic: ['topic', 'DELETE', ''],
  ListTopics: ['project', 'GET', '/topics'],
  ListTopicSubscriptions: ['topic', 'GET', '/subscriptions'],
  Publish: ['topic', 'POST', ':publish'],
  CreateSubscription: ['name', 'PUT', ''],
  GetSubscription: ['subscription', 'GET', ''],
  UpdateSubscription: ['subscription.name', 'PATCH', ''],
  DeleteSubscription: ['subscription', 'DELETE', ''],
  ListSubscriptions: ['project', 'GET', '/subscriptions'],
  ModifyPushConfig: ['subscription', 'POST', ':modifyPushConfig'],
  Pull: ['subscription', 'POST', ':pull'],
  Acknowledge: ['subscription', 'POST', ':acknowledge'],
  ModifyAckDeadline: ['subscription', 'POST', ':modifyAckDeadline'],
  Seek: ['subscription', 'POST', ':seek'],
  CreateSchema: ['parent', 'POST', '/schemas'],
  GetSchema: ['name', 'GET', ''],
  ListSchemas: ['parent', 'GET', '/schemas'],
  DeleteSchema: ['name', 'DELETE', ''],
  ListSchemaRevisions: ['name', 'GET', ':listRevisions'],
  CommitSchema: ['name', 'POST', ':commit'],
  RollbackSchema: ['name', 'POST', ':rollback'],
  DeleteSchemaRevision: ['name', 'DELETE', ':deleteRevision'],
  ValidateSchema: ['parent', 'POST', '/schemas:validate'],
  ValidateMessage: ['parent', 'POST', '/schemas:validateMessage'],
};

export function restTransport(host: string): Transport {
  return {
    invoke: async (method, request) => {
      const [field, verb, suffix] = REST[method];
      const [outer = '', inner] = field.split('.');
      const { [outer]: named, ...rest } = request;
      const name = inner === undefined ? named : (named as Json)[inner];
      // The one method whose body is a field of the request; its other field is in the query.
      const isBody = method === 'CreateSchema';
      const inQuery = isBody ? { schemaId: rest['schemaId'] } : verb === 'GET' ? rest : {};
      const query = `?${new URLSearchParams(inQuery as Record<string, string>).toString()}`;
      const whole = inner === undefined ? rest : request;
      const body = verb === 'GET' || verb === 'DELETE' ? undefined : isBody ? rest['schema'] : whole;
      const answer = await callJson(host, verb, `/v1/${String(name)}${suffix}${query}`, body);
      if (answer.status < 300) return { answer: answer.body };
      const { status, message } = answer.body['error'] as { status: string; message: string };
      return { error: status, message };
    },
    close: async () => {
      await Promise.resolve();
    },
  };
}

const GRPC_STATUS = (
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED ' +
  'RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS'
).split(' ');
const SUBSCRIBER_METHODS: readonly Method[] = ['Pull', 'Acknowledge', 'ModifyAckDeadline', 'ModifyPushConfig', 'Seek'];

/** The official client, without its retries and without its conveniences. */
export async function grpcTransport(host: string): Promise<Transport> {
  const [servicePath = '', port] = host.split(':');
  const { grpc } = await import('google-gax');
  const options = { servicePath, port: Number(port), sslCreds: grpc.credentials.createInsecure(), projectId: 'demo' };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  const schemas = new v1.SchemaServiceClient(options);
  return {
    invoke: async (method, request) => {
      const ofSubscriber = SUBSCRIBER_METHODS.includes(method) || /Subscriptions?$/.test(method);
      const other = ofSubscriber && method !== 'ListTopicSubscriptions' ? subscriber : publisher;
      const client = /Schema|ValidateMessage/.test(method) ? schemas : other;
      const stub = (await client.initialize()) as unknown as Record<string, (...args: unknown[]) => Promise<Json>>;
      const name = `${method[0]?.toLowerCase() ?? ''}${method.slice(1)}`;
      try {
        return { answer: fromGrpc(await unaryCall(stub, name, toGrpc(request))) as Json };
      } catch (error) {
        const { code, details } = error as { code: number; details: string };
        return { error: GRPC_STATUS[code] ?? String(error), message: details };
      }
    },
    close: async () => {
      await publisher.close();
      await subscriber.close();
      await schemas.close();
    },
  };
}

async function unaryCall(
  stub: Record<string, (...args: unknown[]) => unknown>,
  name: string,
  request: unknown,
): Promise<unknown> {
  const method = (await Promise.resolve(stub[name])) as (
    request: unknown,
    callback: (error: Error | null, answer: unknown) => void,
  ) => void;
  return await new Promise((resolve, reject) => {
    method.call(stub, request, (error, answer) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

function toGrpc(value: unknown, key = ''): unknown {
  if (key === 'updateMask') return { paths: String(value).split(',').filter(Boolean) };
  if (/(Duration|Backoff|^ttl)$/.test(key)) return { seconds: Number.parseFloat(String(value)), nanos: 0 };
  return mapValues(value, toGrpc);
}

/** Defaults are left out and bytes are base64, as in REST answers. */
function fromGrpc(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value === 'object' && value !== null && 'seconds' in value && 'nanos' in value) {
    const { seconds, nanos } = value as { seconds: string; nanos: number };
    return `${Number(seconds) + nanos / 1e9}s`;
  }
  return mapValues(value, fromGrpc);
}

function mapValues(value: unknown, change: (value: unknown, key: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => change(item, ''));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const isDefault = (field: unknown): boolean =>
    field === null || field === '' || field === 0 || field === false || (Array.isArray(field) && field.length === 0);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => !isDefault(field))
      .map(([key, field]) => [key, change(field, key)]),
  );
}
