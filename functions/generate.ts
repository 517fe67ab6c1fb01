import { isMovePipeline } from '../pipelines/model/pipeline.ts';
import type { LogEvent } from '../pipelines/model/log-events.ts';
import { generateLibrary } from './generators/library.ts';
import { endingOfRun } from './ledger/endings.ts';
import { endRun, startRun } from './ledger/runs.ts';
import { type TickMessage, tickMessage } from './messages/messages.ts';
import { TerminalError } from './runtime/errors.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { once } from './runtime/once.ts';
import { report } from './runtime/report.ts';
import { requirePipeline, resolveRun } from './runtime/run.ts';
import type { Services } from './runtime/services.ts';
import { withWriter } from './sources/postgres.ts';

/** Writes one run's synthetic rows into Postgres. */
export const generate: StageDefinition<TickMessage> = {
  stage: 'generate',
  clients: {},
  message: tickMessage,
  async run(message, delivery, services) {
    const { ledger } = services;
    const run = resolveRun(services.catalog, message, delivery.publishTime);
    const isNew = await ledger.transaction(async (tx) => await startRun(tx, run, []));
    if (isNew) report(services, [{ event: 'run-began', ...run }]);
    const ended: LogEvent[] = [];
    await once(ledger, { runId: run.runId, table: '', stage: 'generate', slice: 0 }, async () => {
      const counts = await generateRows(message.pipeline, run.runId, services);
      return {
        result: counts,
        async commit(tx) {
          const isOver = await endRun(tx, run.runId, { state: 'succeeded', result: counts });
          if (isOver) ended.push(...(await endingOfRun(tx, run.runId)));
        },
      };
    });
    report(services, ended);
    return [];
  },
};

async function generateRows(name: string, runId: string, { catalog, settings, fetch }: Services) {
  const pipeline = requirePipeline(catalog, name);
  if (isMovePipeline(pipeline)) {
    throw new TerminalError('PIPELINE_UNKNOWN', `pipeline "${name}" moves tables; it has nothing to generate`);
  }
  const spec = pipeline.generate;
  const apis = { openLibraryUrl: settings.openLibraryUrl, randomUserUrl: settings.randomUserUrl, fetch };
  return await withWriter(
    settings.source(spec.postgres),
    spec.postgres,
    async (client) => await generateLibrary(client, runId, spec, apis),
  );
}
