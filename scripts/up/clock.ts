import { type ClockState, Clock } from '../../emulators/kit/clock.ts';

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

export function openClock(rate: number): CloudClock {
  const now = Date.now();
  const clock = new Clock({ realOrigin: now, virtualOrigin: now, rate });
  let urls: string[] = [];
  let stampsMessages = false;
  const send = async (): Promise<void> => {
    for (const url of urls) {
      const response = await fetch(url, { method: 'PUT', body: JSON.stringify(clock.state) });
      if (!response.ok) throw new Error(`${url} refused the clock: ${await response.text()}`);
    }
  };
  const moveTo = (at: Date): void => {
    clock.set({ realOrigin: Date.now(), virtualOrigin: at.getTime(), rate });
  };
  return {
    get state() {
      return clock.state;
    },
    get stampsMessages() {
      return stampsMessages;
    },
    now: () => clock.date(),
    begin: moveTo,
    async attach(env) {
      // Pub/Sub first: a tick must never be published with a time that lies before it.
      const hosts = [env['PUBSUB_EMULATOR_HOST'], env['CLOUD_SCHEDULER_EMULATOR_HOST']];
      const candidates = hosts.map((host) => `http://${(host ?? '').replace(/^https?:\/\//, '')}/emulator/v1/clock`);
      const answers = await Promise.all(candidates.map(async (url) => await fetch(url).catch(() => undefined)));
      // The official Pub/Sub emulator has no clock to move; it stamps real time.
      urls = candidates.filter((_, index) => answers[index]?.ok === true);
      stampsMessages = answers[0]?.ok === true;
      await send();
    },
    async advance(to) {
      if (to.getTime() <= clock.now()) return;
      moveTo(to);
      await send();
    },
  };
}
