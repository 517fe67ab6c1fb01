import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** The smallest program that has one of everything that a monitor has to record. */
class Post extends pulumi.ComponentResource {
  readonly topic: gcp.pubsub.Topic;

  constructor(name: string) {
    super('example:index:Post', name);
    this.topic = new gcp.pubsub.Topic(`${name}-topic`, { name }, { parent: this, protect: true });
    this.registerOutputs({ address: this.topic.id });
  }
}

const config = new pulumi.Config();
const post = new Post('post');
const secret = new gcp.secretmanager.Secret('key', { secretId: 'key', replication: { auto: {} } });
const version = new gcp.secretmanager.SecretVersion(
  'key',
  { secret: secret.id, secretData: config.requireSecret('key') },
  { dependsOn: [post], ignoreChanges: ['enabled'] },
);
if (config.getBoolean('twice')) new gcp.secretmanager.Secret('key', { secretId: 'other', replication: { auto: {} } });
if (config.getBoolean('ask')) gcp.organizations.getProjectOutput({ projectId: 'other' });

export const topic = post.topic.id;
export const key = version.secretData;
export const keyVersion = version.version;
