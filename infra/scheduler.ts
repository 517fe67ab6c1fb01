import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import type { Plan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';
import type { Topics } from './topics.ts';

interface Parts {
  readonly apis: Apis;
  readonly topics: Topics;
  /** What must be there before the first tick. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/** The ticks. They have no attempt deadline: Scheduler takes one for HTTP targets only. */
export class Schedules extends pulumi.ComponentResource {
  constructor({ environment, schedules }: Plan, { apis, topics, dependsOn }: Parts) {
    super('alir:infra:Schedules', 'schedules');
    const options = { parent: this, dependsOn: [...apis.need('cloudscheduler'), ...dependsOn] };
    for (const { name, description, schedule, timezone, topic, message, retry } of schedules) {
      new gcp.cloudscheduler.Job(
        name,
        {
          name,
          region: environment.region,
          description,
          schedule,
          timeZone: timezone,
          pubsubTarget: {
            topicName: topics.get(topic).id,
            data: Buffer.from(JSON.stringify(message)).toString('base64'),
          },
          retryConfig: {
            retryCount: retry.count,
            minBackoffDuration: `${retry.minBackoffSeconds}s`,
            maxBackoffDuration: `${retry.maxBackoffSeconds}s`,
          },
        },
        options,
      );
    }
  }
}
