import type { Resource } from './graph.ts';
import type { Deployed } from './policies/policy.ts';
import { deployed, fileAt, resource } from './synthetic.ts';

const agent = 'serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com';
const secret = (value: string) => ({
  '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
  value,
});

const subscription = (name: string, topic: string, deadLetterTopic?: string): Resource =>
  resource('pubsub/subscription:Subscription', name, {
    name,
    topic,
    expirationPolicy: { ttl: '' },
    ...(deadLetterTopic === undefined ? {} : { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 } }),
  });
const mayPublish = resource('pubsub/topicIAMMember:TopicIAMMember', 'p', {
  topic: 'dead',
  role: 'roles/pubsub.publisher',
  member: agent,
});
const mayTake = resource('pubsub/subscriptionIAMMember:SubscriptionIAMMember', 's', {
  subscription: 'work',
  role: 'roles/pubsub.subscriber',
  member: agent,
});
const account = (accountId: string): Resource => resource('serviceaccount/account:Account', accountId, { accountId });
const runningAs = (name: string, email?: string): Resource =>
  resource('cloudfunctionsv2/function:Function', name, {
    name,
    serviceConfig: {
      timeoutSeconds: 1,
      availableMemory: '1Mi',
      maxInstanceCount: 1,
      ingressSettings: 'ALLOW_INTERNAL_ONLY',
      ...(email === undefined ? {} : { serviceAccountEmail: email }),
    },
  });
const onProject = (role: string, expression?: string): Resource =>
  resource('projects/iAMMember:IAMMember', role, { role, ...(expression ? { condition: { expression } } : {}) });
const service = (name: string): Resource =>
  resource('projects/service:Service', name, { service: name, disableOnDestroy: false });

/** A policy's name, a graph that keeps it, and one that is alike but breaks it, with what is then said. */
export type Case = readonly [policy: string, good: Deployed, bad: Deployed, findings: readonly string[]];

export const cases: readonly Case[] = [
  [
    'nothing is open to everybody',
    deployed([resource('x/y:BucketIAMMember', 'a', { member: 'serviceAccount:allUsers@p.iam' })]),
    deployed([resource('x/y:BucketIAMMember', 'a', { deep: [{ member: 'allAuthenticatedUsers' }] })]),
    ['BucketIAMMember a: deep.0.member is allAuthenticatedUsers'],
  ],
  [
    'nobody has a basic role',
    deployed([resource('x/y:TopicIAMMember', 'a', { role: 'roles/pubsub.viewer' })]),
    deployed([resource('x/y:TopicIAMMember', 'a', { role: 'roles/viewer' })]),
    ['TopicIAMMember a: role is roles/viewer'],
  ],
  [
    'a grant adds to those of others and replaces none',
    deployed([mayPublish, resource('bigquery/dataset:Dataset', 'd')]),
    deployed([
      resource('pubsub/topicIAMBinding:TopicIAMBinding', 'a'),
      resource('storage/bucketIAMPolicy:BucketIAMPolicy', 'b'),
      resource('bigquery/dataset:Dataset', 'd', { accesses: [] }),
    ]),
    [
      'TopicIAMBinding a: takes away what others have granted; use a member',
      'BucketIAMPolicy b: takes away what others have granted; use a member',
      'Dataset d: accesses replace all that others have granted',
    ],
  ],
  [
    'a role is granted where it is needed, and on the project only for want of a narrower place',
    deployed([
      onProject('roles/bigquery.jobUser'),
      onProject('roles/cloudsql.client', "resource.name == 'projects/p/instances/i'"),
    ]),
    deployed([
      onProject('roles/pubsub.publisher'),
      onProject('roles/cloudsql.client'),
      onProject('roles/cloudsql.instanceUser', "resource.name.startsWith('projects/')"),
      resource('organizations/iAMMember:IAMMember', 'o', { role: 'roles/bigquery.jobUser' }),
    ]),
    [
      'IAMMember roles/pubsub.publisher: roles/pubsub.publisher on the whole project',
      'IAMMember roles/cloudsql.client: roles/cloudsql.client on the whole project, without a condition that says where: ""',
      `IAMMember roles/cloudsql.instanceUser: roles/cloudsql.instanceUser on the whole project, without a condition that says where: "resource.name.startsWith('projects/')"`,
      'IAMMember o: roles/bigquery.jobUser on more than the project',
    ],
  ],
  [
    'a function is called from inside, by those who are named',
    deployed([runningAs('f')]),
    deployed([resource('cloudfunctionsv2/function:Function', 'f', { serviceConfig: {} })]),
    ['Function f: ingress is ALLOW_ALL'],
  ],
  [
    'a message that nobody can handle is kept: every subscription has a dead letter, but the one that hears of it',
    deployed([subscription('work', 't', 'dead'), subscription('last', 'dead'), mayPublish, mayTake]),
    deployed([subscription('work', 't', 'dead'), subscription('other', 'u')]),
    [
      'Subscription other: has no dead letter',
      'Subscription work: Pub/Sub may not publish to dead',
      'Subscription work: Pub/Sub may not take from it what it moves to the dead letter',
    ],
  ],
  [
    'somebody hears of every dead letter',
    deployed([subscription('work', 't', 'dead'), subscription('last', 'dead')]),
    deployed([subscription('work', 't', 'dead')]),
    ['Subscription work: nobody subscribes to its dead letter dead'],
  ],
  [
    'a quiet subscription does not expire',
    deployed([subscription('work', 't')]),
    deployed([resource('pubsub/subscription:Subscription', 'work')]),
    ['Subscription work: expires after 31 days'],
  ],
  [
    'a schedule comes after everything that its tick needs',
    // By way of another resource is as good.
    deployed([
      mayTake,
      resource('a/b:Function', 'f', {}, { after: ['s'] }),
      resource('c/d:Job', 'j', {}, { after: ['f'] }),
    ]),
    deployed([mayTake, resource('a/b:Function', 'f'), resource('c/d:Job', 'j', {}, { after: ['f'] })]),
    ['Job j: does not wait for SubscriptionIAMMember s'],
  ],
  [
    'a bucket cannot be opened object by object, nor to the public',
    deployed([
      resource('storage/bucket:Bucket', 'a', { uniformBucketLevelAccess: true, publicAccessPrevention: 'enforced' }),
    ]),
    deployed([
      resource('storage/bucket:Bucket', 'a', { publicAccessPrevention: 'enforced' }),
      resource('storage/bucket:Bucket', 'b', { uniformBucketLevelAccess: true, publicAccessPrevention: 'inherited' }),
    ]),
    ['Bucket a: objects have access lists of their own', 'Bucket b: can be opened to the public'],
  ],
  [
    'a function says how long, how large and how often it may be',
    deployed([runningAs('f')]),
    deployed([resource('cloudfunctionsv2/function:Function', 'f', { serviceConfig: { timeoutSeconds: 9 } })]),
    ['Function f: leaves availableMemory, maxInstanceCount to Google'],
  ],
  [
    'a function runs as an account of its own',
    deployed([account('a'), account('b'), runningAs('f', 'a@p.iam'), runningAs('g', 'b@p.iam')]),
    deployed([
      account('a'),
      runningAs('f', 'a@p.iam'),
      runningAs('g', 'a@p.iam'),
      runningAs('h'),
      runningAs('i', 'z@x'),
    ]),
    [
      'Function f: runs as a@p.iam, as g does',
      'Function g: runs as a@p.iam, as f does',
      'Function h: runs as the default account of the project',
      'Function i: runs as z@x, which is not ours',
    ],
  ],
  [
    'in production, what holds data is protected, from Pulumi and in the cloud',
    deployed(
      [
        resource('bigquery/table:Table', 't', { deletionProtection: true }, { protect: true }),
        resource('storage/bucket:Bucket', 'code', { name: 'code', forceDestroy: true }),
        resource('storage/bucketObject:BucketObject', 'zip', { bucket: 'code' }),
      ],
      { production: true },
    ),
    deployed(
      [
        resource('bigquery/table:Table', 't', {}, { protect: true }),
        resource('bigquery/dataset:Dataset', 'd', { deleteContentsOnDestroy: true }),
        resource('storage/bucket:Bucket', 'lake', { name: 'lake', forceDestroy: true }),
        resource('sql/databaseInstance:DatabaseInstance', 'i', { deletionProtection: false }, { protect: true }),
        resource('secretmanager/secret:Secret', 's'),
        resource('sql/database:Database', 'ledger'),
      ],
      { production: true },
    ),
    [
      'Bucket lake: is deleted with all that it holds',
      'Bucket lake: is not protected',
      'Database ledger: is not protected',
      'DatabaseInstance i: can be deleted',
      'Dataset d: is deleted with all that it holds',
      'Dataset d: is not protected',
      'Secret s: is not protected',
      'Table t: can be deleted',
    ],
  ],
  [
    'two resources of a kind do not share a name in the cloud',
    deployed([
      resource('bigquery/table:Table', 'a', { datasetId: 'd', tableId: 't' }),
      resource('bigquery/table:Table', 'b', { datasetId: 'e', tableId: 't' }),
    ]),
    deployed([
      resource('pubsub/topic:Topic', 'a', { name: 'same' }),
      resource('pubsub/topic:Topic', 'b', { name: 'same' }),
    ]),
    ['Topic b: has the name of a'],
  ],
  [
    'no secret can be read in the state, in the outputs or in what is deployed',
    deployed([resource('x/y:SecretVersion', 'v', { secretData: secret('p@ss') })], {
      secrets: ['p@ss'],
      outputs: { url: secret('p@ss') },
      assets: fileAt('/tmp/f.zip', Buffer.from('nothing')),
    }),
    deployed([resource('x/y:Function', 'f', { env: { URL: `postgres://u:${encodeURIComponent('p@ss')}@h` } })], {
      secrets: ['p@ss'],
      outputs: { url: 'p@ss' },
      assets: fileAt('/tmp/f.zip', Buffer.from('const password = "p@ss";')),
    }),
    ['Function f: env.URL holds a secret', 'output url: holds a secret', 'file  of f.zip: holds a secret'],
  ],
  [
    'what is secret by its nature is marked as a secret',
    deployed([resource('x/y:SecretVersion', 'v', { secretData: secret('x') })]),
    deployed([
      resource('x/y:SecretVersion', 'v', { secretData: 'x' }),
      resource('x/y:Channel', 'c', { sensitiveLabels: { authToken: 'x' } }),
    ]),
    [
      'SecretVersion v: secretData can be read in the state',
      'Channel c: sensitiveLabels.authToken can be read in the state',
    ],
  ],
  [
    'a resource comes after the API that it is made by',
    deployed([
      service('pubsub.googleapis.com'),
      resource('pubsub/topic:Topic', 't', {}, { after: ['pubsub.googleapis.com'] }),
      resource('pubsub/subscription:Subscription', 's', {}, { after: ['t'] }),
    ]),
    deployed([
      service('pubsub.googleapis.com'),
      resource('pubsub/topic:Topic', 't'),
      resource('storage/bucket:Bucket', 'b', {}, { after: ['pubsub.googleapis.com'] }),
      resource('spanner/instance:Instance', 'i'),
    ]),
    [
      'Topic t: does not wait for pubsub.googleapis.com',
      'Bucket b: does not wait for storage.googleapis.com',
      'Instance i: is of a kind whose API this policy does not know',
    ],
  ],
  [
    'no API is disabled by us, for others of the project may use it',
    deployed([service('run.googleapis.com')]),
    deployed([resource('projects/service:Service', 'run', { service: 'run.googleapis.com' })]),
    ['Service run: is disabled with the stack'],
  ],
];
