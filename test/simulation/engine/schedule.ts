import { encodeMessageData, type TickMessage } from '../../../functions/messages/messages.ts';
import { resolveRun } from '../../../functions/runtime/run.ts';
import { topicName } from '../../../pipelines/model/names.ts';
import type { Catalog } from '../../../pipelines/model/read.ts';
import { BEGIN, MINUTE_MS, TICKS_AT_MOST } from './measures.ts';
import type { Queue } from './queue.ts';
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';

/** Cloud Scheduler: its ticks are a minute apart by their own clock, whenever they come. */
export class Schedule {
  /** A pipeline and the number of its tick, for each that came. */
  readonly fired = new Set<string>();
  readonly #catalog: Catalog;
  readonly #topic: string;
  readonly #queue: Queue;
  readonly #random: Random;
  readonly #trace: Trace;
  /** Of a storm. */
  readonly #most: number;
  #ticks = 0;

  constructor(catalog: Catalog, environment: string, parts: { queue: Queue; random: Random; trace: Trace }) {
    this.#catalog = catalog;
    this.#topic = topicName(environment, 'extract');
    this.#queue = parts.queue;
    this.#random = parts.random;
    this.#trace = parts.trace;
    this.#most = 1 + this.#random.int(TICKS_AT_MOST);
  }

  /** A storm has so many ticks and no more: one shows what goes wrong within a run, several what runs do to each other. */
  get mayTick(): boolean {
    return this.#ticks < this.#most;
  }

  /** It fires, now and then twice, and for one pipeline or all. */
  tick(): void {
    this.#ticks += 1;
    for (const { pipeline } of this.#catalog.pipelines) {
      if (this.#catalog.pipelines.length > 1 && this.#random.chance(0.3)) continue;
      this.#fire(pipeline);
      if (this.#random.chance(0.2)) this.#fire(pipeline);
    }
  }

  /** It fires once for every pipeline. @returns the runs that the tick stands for */
  tickCalmly(): string[] {
    this.#ticks += 1;
    return this.#catalog.pipelines.map(({ pipeline }) => this.#fire(pipeline));
  }

  #fire(pipeline: string): string {
    const tick: TickMessage = { v: 1, kind: 'tick', pipeline };
    const publishTime = new Date(BEGIN + this.#ticks * MINUTE_MS + this.#random.int(2000));
    this.#queue.publish(this.#topic, encodeMessageData(tick), {}, publishTime);
    const { runId } = resolveRun(this.#catalog, tick, publishTime);
    this.fired.add(`${pipeline} ${this.#ticks}`);
    this.#trace.add('schedule', `fires for ${runId}`);
    return runId;
  }
}
