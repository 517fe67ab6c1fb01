import { type RunStatus, readRun } from '../../functions/ledger/status.ts';
import { encodeMessageData, type TickMessage } from '../../functions/messages/messages.ts';
import { everyClient, type EveryService } from '../../functions/runtime/clients/every.ts';
import { openServices } from '../../functions/runtime/services.ts';
import { manualRunId, topicName } from '../../pipelines/model/names.ts';
import { isMovePipeline } from '../../pipelines/model/pipeline.ts';
import { type Catalog, findPipeline, readCatalog } from '../../pipelines/model/read.ts';
import { type Cloud, type CloudOptions, startCloud } from '../../scripts/up/cloud.ts';
import { provision } from '../../scripts/provision/provision.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import { cleanUp } from './cleanup.ts';
import { until } from './until.ts';
import { temporaryFolder } from './folders.ts';

/** A whole local cloud of the test's own, with what a test needs to drive it. */
export interface TestCloud extends Cloud {
  readonly services: EveryService;
  readonly folder: string;
  /** Triggers a pipeline and waits until its run is over. */
  run(pipeline: string): Promise<RunStatus>;
  /** Triggers a pipeline; the run's id. */
  trigger(pipeline: string): Promise<string>;
  runOver(runId: string): Promise<RunStatus>;
  /** Sends a request to an emulator's control routes, e.g. faults. */
  control(variable: string, path: string, body: object): Promise<void>;
}

let triggers = 0;

/** Without schedules: a tick at a quarter past the hour would run beside what a test does, and do some of it first. */
const provisionQuietly: typeof provision = async (plan, target) => {
  await provision({ ...plan, schedules: [] }, target);
};

/** Starts a cloud that is stopped, and whose folder is removed, when the test file is over; `provision` makes its schedules, too. */
export async function startTestCloud(options: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const folder = temporaryFolder();
  const catalog: Catalog = options.catalog ?? readCatalog();
  // A run of the tests must not meet what the machine's own shell has set.
  const cloud = await startCloud({
    catalog,
    environment: localEnvironment,
    folder,
    keep: false,
    env: { PATH: process.env['PATH'] },
    provision: provisionQuietly,
    ...options,
  });
  const services = openServices({ ...process.env, ...cloud.env }, everyClient);
  cleanUp(async () => {
    await services.close();
    await cloud.stop();
  });

  const trigger = async (name: string): Promise<string> => {
    const manual = { id: `t${(triggers += 1)}`, at: new Date().toISOString() };
    const message: TickMessage = { v: 1, kind: 'tick', pipeline: name, manual };
    const stage = isMovePipeline(findPipeline(catalog, name)) ? 'extract' : 'generate';
    await (await services.publisher()).publish(topicName(services.environment.name, stage), encodeMessageData(message));
    return manualRunId(name, new Date(manual.at), manual.id);
  };
  const runOver = async (runId: string): Promise<RunStatus> =>
    await until(`${runId} to be over`, async () => {
      const run = await readRun(services.ledger, runId).catch(() => undefined);
      return run && run.state !== 'running' ? run : undefined;
    });
  return {
    ...cloud,
    services,
    folder,
    trigger,
    runOver,
    run: async (pipeline) => await runOver(await trigger(pipeline)),
    async control(variable, path, body) {
      const host = (cloud.env[variable] ?? '').replace(/^https?:\/\//, '').split('/')[0] ?? '';
      const response = await fetch(`http://${host}/emulator/v1/${path}`, { method: 'PUT', body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${variable} ${path}: ${response.status} ${await response.text()}`);
    },
  };
}
