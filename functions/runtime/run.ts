import { manualDeletesRunId, manualRunId, scheduledDeletesRunId, scheduledRunId } from '../../pipelines/model/names.ts';
import { isMovePipeline, type Pipeline } from '../../pipelines/model/pipeline.ts';
import { deletesSchedule } from '../../pipelines/model/plan-deletes.ts';
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
  const found = requirePipeline(catalog, message.pipeline);
  const { timezone, pipeline } = found;
  if (message.manual) {
    const tick = new Date(message.manual.at);
    const nameOf = message.deletes ? manualDeletesRunId : manualRunId;
    return { runId: nameOf(pipeline, tick, message.manual.id), pipeline, tick, manual: true };
  }
  const schedule = scheduleOf(found, message);
  if (schedule === undefined) {
    const rule = `pipeline ${pipeline} has no "deletes" in ${message.tables?.[0] ?? 'any table'} any more`;
    throw new TerminalError('PIPELINE_UNKNOWN', `${rule}; deploy again, so that its schedule goes too`);
  }
  const tick = tickAt(schedule, timezone, new Date(publishTime.getTime() + CLOCK_SKEW_MS));
  if (message.deletes) {
    const runId = scheduledDeletesRunId(pipeline, tick, message.tables?.[0] ?? '');
    return { runId, pipeline, tick, manual: false };
  }
  return { runId: scheduledRunId(pipeline, tick), pipeline, tick, manual: false };
}

/** Undefined for a run that looks for rows that are gone in a table that no longer says when. */
function scheduleOf(pipeline: Pipeline, { deletes, tables }: TickMessage): string | undefined {
  if (!deletes) return pipeline.schedule;
  return isMovePipeline(pipeline) ? deletesSchedule(pipeline, tables) : undefined;
}

/** The same, but undefined for a tick of what is not deployed, which stands for no run. */
export function findRun(catalog: Catalog, message: TickMessage, publishTime: Date): Run | undefined {
  const found = catalog.pipelines.find(({ pipeline }) => pipeline === message.pipeline);
  const isDeployed = found && (message.manual ?? scheduleOf(found, message)) !== undefined;
  return isDeployed ? resolveRun(catalog, message, publishTime) : undefined;
}
