import { ApiError } from '../kit/errors.ts';
import { LIMITS } from './limits.ts';

/** Letters, digits, hyphens, colons and periods: https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs */
const PROJECT = '[A-Za-z0-9:.-]+';
const LOCATION = '[a-z0-9-]+';
const PARENT = new RegExp(`^projects/(${PROJECT})/locations/${LOCATION}$`);
const NAME = new RegExp(
  `^projects/(${PROJECT})/locations/${LOCATION}/jobs/[A-Za-z0-9_-]{1,${LIMITS.MAX_JOB_ID_CHARACTERS}}$`,
);
/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const TOPIC = new RegExp(`^projects/(${PROJECT})/topics/(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`);

/** @throws ApiError INVALID_ARGUMENT */
export function checkParent(parent: string): string {
  if (PARENT.test(parent)) return parent;
  throw new ApiError('INVALID_ARGUMENT', `parent "${parent}" must be projects/PROJECT_ID/locations/LOCATION_ID`);
}

/** @throws ApiError INVALID_ARGUMENT */
export function checkName(name: string): string {
  if (NAME.test(name)) return name;
  throw new ApiError(
    'INVALID_ARGUMENT',
    `job name "${name}" must be projects/PROJECT_ID/locations/LOCATION_ID/jobs/JOB_ID, JOB_ID of 1 to ` +
      `${LIMITS.MAX_JOB_ID_CHARACTERS} letters, digits, hyphens or underscores`,
  );
}

/**
 * A topic of the job's own project.
 * @throws ApiError INVALID_ARGUMENT
 */
export function checkTopic(topic: string, jobName: string): string {
  const project = TOPIC.exec(topic)?.[1];
  if (project === undefined) {
    throw new ApiError(
      'INVALID_ARGUMENT',
      `pubsubTarget.topicName "${topic}" must be projects/PROJECT_ID/topics/TOPIC_ID`,
    );
  }
  const own = NAME.exec(jobName)?.[1];
  if (project !== own) {
    throw new ApiError(
      'INVALID_ARGUMENT',
      `pubsubTarget.topicName "${topic}" must be in the job's own project, ${own ?? jobName}`,
    );
  }
  return topic;
}
