import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { Plan } from '../pipelines/model/plan.ts';
import { find } from './lookup.ts';

/** @param dependsOn what must be there before the first tick */
export function createSchedules(
  plan: Plan,
  topics: ReadonlyMap<string, gcp.pubsub.Topic>,
  dependsOn: readonly pulumi.Resource[],
): void {
  for (const { name, description, schedule, timezone, topic, message } of plan.schedules) {
    new gcp.cloudscheduler.Job(
      name,
      {
        name,
        region: plan.environment.region,
        description,
        schedule,
        timeZone: timezone,
        pubsubTarget: {
          topicName: find(topics, topic).id,
          data: Buffer.from(JSON.stringify(message)).toString('base64'),
        },
      },
      { dependsOn: [...dependsOn] },
    );
  }
}
