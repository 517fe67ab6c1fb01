import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import type { Plan, TopicPlan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';
import type { Identities } from './identities.ts';
import { find } from './lookup.ts';

interface Parts {
  readonly apis: Apis;
  readonly identities: Identities;
}

/** Topics and their schemas; each function may publish to those that its stage has something to say to. */
export class Topics extends pulumi.ComponentResource {
  private readonly byName: ReadonlyMap<string, gcp.pubsub.Topic>;

  constructor(plan: Plan, { apis, identities }: Parts) {
    super('alir:infra:Topics', 'topics');
    const options = { parent: this, dependsOn: apis.need('pubsub') };
    this.byName = new Map(plan.topics.map((planned) => [planned.name, createTopic(planned, options)]));
    for (const { name, entryPoint, access } of plan.functions) {
      for (const topic of access.publishes) {
        new gcp.pubsub.TopicIAMMember(
          `${entryPoint}-publishes-${topic}`,
          {
            topic: this.get(topic).name,
            role: 'roles/pubsub.publisher',
            member: identities.function(name).member,
          },
          { parent: this },
        );
      }
    }
  }

  get(name: string): gcp.pubsub.Topic {
    return find(this.byName, name);
  }
}

function createTopic({ name, labels, schema }: TopicPlan, options: pulumi.CustomResourceOptions): gcp.pubsub.Topic {
  return new gcp.pubsub.Topic(
    name,
    { name, labels: { ...labels }, ...(schema ? { schemaSettings: createSchema(schema, options) } : {}) },
    options,
  );
}

/** What is published in JSON is refused at the door when it does not fit the contract. */
function createSchema({ name, definition }: NonNullable<TopicPlan['schema']>, options: pulumi.CustomResourceOptions) {
  const schema = new gcp.pubsub.Schema(name, { name, type: 'AVRO', definition }, options);
  return { schema: schema.id, encoding: 'JSON' };
}
