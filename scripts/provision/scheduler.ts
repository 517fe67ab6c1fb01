import type { Plan, SchedulePlan } from '../../pipelines/model/resources.ts';
import { openScheduler } from '../../functions/gcp/scheduler.ts';

/** gRPC's ALREADY_EXISTS. */
const ALREADY_EXISTS = 6;

/** Creates the schedules; one that is there gets the plan's settings, and stays paused if somebody paused it. */
export async function applyScheduler(plan: Plan, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const client = openScheduler(plan.environment.projectId, env);
  const parent = `projects/${plan.environment.projectId}/locations/${plan.environment.region}`;
  try {
    await Promise.all(
      plan.schedules.map(async (schedule) => {
        const job = toJob(plan, schedule, parent);
        try {
          await client.createJob({ parent, job });
        } catch (error) {
          // Over REST the client names the HTTP code.
          if (![ALREADY_EXISTS, 409].includes(Number((error as { code?: unknown }).code))) throw error;
          await client.updateJob({
            job,
            updateMask: { paths: ['description', 'schedule', 'time_zone', 'pubsub_target', 'retry_config'] },
          });
        }
      }),
    );
  } finally {
    await client.close();
  }
}

function toJob(plan: Plan, schedulePlan: SchedulePlan, parent: string) {
  const { name, description, schedule, timezone, topic, message, retry } = schedulePlan;
  return {
    name: `${parent}/jobs/${name}`,
    description,
    schedule,
    timeZone: timezone,
    pubsubTarget: {
      topicName: `projects/${plan.environment.projectId}/topics/${topic}`,
      data: Buffer.from(JSON.stringify(message)),
    },
    retryConfig: {
      retryCount: retry.count,
      minBackoffDuration: { seconds: retry.minBackoffSeconds },
      maxBackoffDuration: { seconds: retry.maxBackoffSeconds },
    },
  };
}
