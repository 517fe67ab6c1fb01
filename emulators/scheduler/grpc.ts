import type grpc from '@grpc/grpc-js';
import { addService, loadService, unary } from '../kit/grpc.ts';
import type { Json } from './fields.ts';
import { durationMs, type Job } from './job.ts';
import type { Service } from './service.ts';

const PROTOS = '@google-cloud/scheduler/build/protos/protos.json';
const SERVICE = 'google.cloud.scheduler.v1.CloudScheduler';

interface ProtoTime {
  readonly seconds: string;
  readonly nanos: number;
}

/** A job as proto-loader decodes it; messages that are absent are null, scalars have their defaults. */
interface ProtoJob {
  readonly name: string;
  readonly description: string;
  readonly pubsubTarget: { readonly topicName: string; readonly data: Buffer; readonly attributes: object } | null;
  readonly httpTarget: object | null;
  readonly appEngineHttpTarget: object | null;
  readonly schedule: string;
  readonly timeZone: string;
  readonly retryConfig: ProtoRetryConfig | null;
  readonly attemptDeadline: ProtoTime | null;
}

interface ProtoRetryConfig {
  readonly retryCount: number;
  readonly maxRetryDuration: ProtoTime | null;
  readonly minBackoffDuration: ProtoTime | null;
  readonly maxBackoffDuration: ProtoTime | null;
  readonly maxDoublings: number;
}

interface ListRequest {
  readonly parent: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

interface UpdateRequest {
  readonly job: ProtoJob | null;
  readonly updateMask: { readonly paths: readonly string[] } | null;
}

/** The gRPC transport. */
export function addGrpc(server: grpc.Server, service: Service): void {
  addService(server, loadService(PROTOS, SERVICE), {
    CreateJob: unary((request: { parent: string; job: ProtoJob | null }) =>
      toProto(service.create(request.parent, fromProto(request.job))),
    ),
    GetJob: unary((request: { name: string }) => toProto(service.get(request.name))),
    ListJobs: unary((request: ListRequest) => {
      const { jobs, ...rest } = service.list(request.parent, request.pageSize, request.pageToken);
      return { jobs: jobs.map(toProto), ...rest };
    }),
    UpdateJob: unary((request: UpdateRequest) =>
      toProto(service.update(request.job?.name ?? '', fromProto(request.job), request.updateMask?.paths ?? [])),
    ),
    DeleteJob: unary((request: { name: string }) => {
      service.delete(request.name);
      return {};
    }),
    RunJob: unary((request: { name: string }) => toProto(service.run(request.name))),
    PauseJob: unary((request: { name: string }) => toProto(service.pause(request.name))),
    ResumeJob: unary((request: { name: string }) => toProto(service.resume(request.name))),
  });
}

function fromProto(job: ProtoJob | null): Json {
  if (!job) return {};
  const { name, description, schedule, timeZone, httpTarget, appEngineHttpTarget, pubsubTarget } = job;
  return {
    ...{ name, description, schedule, timeZone, httpTarget, appEngineHttpTarget },
    pubsubTarget: pubsubTarget && {
      topicName: pubsubTarget.topicName,
      data: pubsubTarget.data.toString('base64'),
      attributes: pubsubTarget.attributes,
    },
    retryConfig: job.retryConfig && fromProtoRetry(job.retryConfig),
    attemptDeadline: fromProtoDuration(job.attemptDeadline),
  };
}

/** A scalar has no presence in proto3: a maxDoublings of 0 is one that was not set. */
function fromProtoRetry(config: ProtoRetryConfig): Json {
  return {
    retryCount: config.retryCount,
    maxRetryDuration: fromProtoDuration(config.maxRetryDuration),
    minBackoffDuration: fromProtoDuration(config.minBackoffDuration),
    maxBackoffDuration: fromProtoDuration(config.maxBackoffDuration),
    ...(config.maxDoublings === 0 ? {} : { maxDoublings: config.maxDoublings }),
  };
}

function fromProtoDuration(time: ProtoTime | null): string | null {
  return time && `${time.seconds}.${String(time.nanos).padStart(9, '0')}s`;
}

function toProto(job: Job): object {
  const { retryConfig, pubsubTarget, attemptDeadline } = job;
  return {
    ...job,
    pubsubTarget: { ...pubsubTarget, data: Buffer.from(pubsubTarget.data ?? '', 'base64') },
    retryConfig: {
      ...retryConfig,
      maxRetryDuration: toProtoDuration(retryConfig.maxRetryDuration),
      minBackoffDuration: toProtoDuration(retryConfig.minBackoffDuration),
      maxBackoffDuration: toProtoDuration(retryConfig.maxBackoffDuration),
    },
    attemptDeadline: toProtoDuration(attemptDeadline),
    userUpdateTime: toProtoTime(Date.parse(job.userUpdateTime)),
    scheduleTime: job.scheduleTime === undefined ? undefined : toProtoTime(Date.parse(job.scheduleTime)),
    lastAttemptTime: job.lastAttemptTime === undefined ? undefined : toProtoTime(Date.parse(job.lastAttemptTime)),
  };
}

function toProtoDuration(text: string | undefined): ProtoTime | undefined {
  return text === undefined ? undefined : toProtoTime(durationMs(text) ?? 0);
}

function toProtoTime(ms: number): ProtoTime {
  return { seconds: String(Math.floor(ms / 1000)), nanos: Math.round((ms % 1000) * 1e6) };
}
