import { manualRunId, scheduledRunId } from '../../pipelines/model/names.ts';
import type { Pipeline } from '../../pipelines/model/pipeline.ts';
import { type Catalog, findPipeline } from '../../pipelines/model/read.ts';
import { tickAt } from '../../pipelines/model/tick.ts';
import type { Run } from '../ledger/runs.ts';
import type { TickMessage } from '../messages/messages.ts';
import { TerminalError } from './errors.ts';

/**
 * Scheduler and Pub/Sub do not share a clock: a trigger may carry a publish time just before the tick that caused it. As
 * schedules count in whole minutes, one that comes this close before a tick, in ms, means that tick.
 */
const CLOCK_SKEW_MS = 5000;

/** The pipeline that a message names. @throws TerminalError PIPELINE_UNKNOWN naming those that are deployed */
export function requirePipeline(catalog: Catalog, name: string): Pipeline {
  try {
    return findPipeline(catalog, name);
  } catch (error) {
    throw new TerminalError('PIPELINE_UNKNOWN', (error as Error).message);
  }
}

/**
 * The run that a tick stands for: derived from the pipeline and the scheduled instant, so that every delivery of every
 * copy of the message means the same run. A manual trigger brings an identity of its own.
 */
export function resolveRun(catalog: Catalog, message: TickMessage, publishTime: Date): Run {
  const { schedule, timezone, pipeline } = requirePipeline(catalog, message.pipeline);
  if (message.manual) {
    const tick = new Date(message.manual.at);
    return { runId: manualRunId(pipeline, tick, message.manual.id), pipeline, tick, manual: true };
  }
  const tick = tickAt(schedule, timezone, new Date(publishTime.getTime() + CLOCK_SKEW_MS));
  return { runId: scheduledRunId(pipeline, tick), pipeline, tick, manual: false };
}

/** The same, but undefined for a tick of a pipeline that is not deployed, which stands for no run. */
export function findRun(catalog: Catalog, message: TickMessage, publishTime: Date): Run | undefined {
  const isDeployed = catalog.pipelines.some(({ pipeline }) => pipeline === message.pipeline);
  return isDeployed ? resolveRun(catalog, message, publishTime) : undefined;
}
