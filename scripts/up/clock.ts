import { type ClockState, Clock } from '../../emulators/kit/clock.ts';
import { isMovePipeline, type Pipeline } from '../../pipelines/model/pipeline.ts';
import { nextTick } from '../../pipelines/model/tick.ts';

/**
 * The local cloud's wall clock, as the process that started the cloud holds it. Cloud Scheduler ticks by it and Pub/Sub
 * stamps messages with it, so both must always have the same one.
 */
export interface CloudClock {
  readonly state: ClockState;
  /** True when Pub/Sub stamps messages with this clock; the official emulator stamps them with real time. */
  readonly stampsMessages: boolean;
  now(): Date;
  /** Where the clock begins, before any part has it. */
  begin(at: Date): void;
  /** Moves every part's clock ahead; a clock that shows a later time already stays as it is. */
  advance(to: Date): Promise<void>;
  /** Learns where the parts are that have a clock. */
  attach(env: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * @param rate virtual seconds per second once the parts are attached; until then the clock is an ordinary one, so that
 * no hours pass while the cloud comes up
 */
export function openClock(rate: number): CloudClock {
  const clock = new Clock({ realOrigin: Date.now(), virtualOrigin: Date.now(), rate: 1 });
  let urls: string[] = [];
  let stampsMessages = false;
  const moveTo = (at: number): void => {
    clock.set({ realOrigin: Date.now(), virtualOrigin: at, rate: clock.state.rate });
  };
  const send = async (): Promise<void> => {
    for (const url of urls) {
      const response = await fetch(url, { method: 'PUT', body: JSON.stringify(clock.state) });
      if (!response.ok) throw new Error(`${url} refused the clock: ${await response.text()}`);
    }
  };
  return {
    get state() {
      return clock.state;
    },
    get stampsMessages() {
      return stampsMessages;
    },
    now: () => clock.date(),
    begin(at) {
      moveTo(at.getTime());
    },
    async attach(env) {
      // Pub/Sub first: a tick must never be published with a time that lies before it.
      const hosts = [env['PUBSUB_EMULATOR_HOST'], env['CLOUD_SCHEDULER_EMULATOR_HOST']];
      const candidates = hosts.map((host) => `http://${(host ?? '').replace(/^https?:\/\//, '')}/emulator/v1/clock`);
      const answers = await Promise.all(candidates.map(async (url) => await fetch(url).catch(() => undefined)));
      // The official Pub/Sub emulator has no clock to move; it stamps real time.
      urls = candidates.filter((_, index) => answers[index]?.ok === true);
      stampsMessages = answers[0]?.ok === true;
      clock.set({ realOrigin: Date.now(), virtualOrigin: clock.now(), rate });
      await send();
    },
    async advance(to) {
      if (to.getTime() <= clock.now()) return;
      moveTo(to.getTime());
      await send();
    },
  };
}

/** Time for the cloud to come up in. Cron ticks on whole minutes, so no other pipeline ticks within it. */
const START_MARGIN_MS = 55_000;

/** Just before the next tick of the first generator, so that it ticks first and the pipelines that read from it after it. */
export function beforeFirstTick(pipelines: readonly Pipeline[], lastTick: Date | undefined): Date {
  const now = new Date(Math.max(Date.now(), lastTick?.getTime() ?? 0));
  const generators = pipelines.filter((pipeline) => !isMovePipeline(pipeline));
  const first = generators.length > 0 ? generators : pipelines;
  const ticks = first.map(({ schedule, timezone }) => nextTick(schedule, timezone, now).getTime());
  return new Date(Math.min(...ticks) - START_MARGIN_MS);
}
