import { Fifo } from './fifo.ts';
import type { Message } from './model.ts';

/** One message in one queue. */
export interface Entry {
  /** The message's id; a twin's has a suffix. */
  readonly key: string;
  readonly message: Message;
  readonly twin: boolean;
  /** Deliveries so far, the one under way included. */
  attempts: number;
  /** Acknowledged, forwarded or dropped: whoever still holds the entry must pass over it. */
  gone: boolean;
  /** Why the last delivery failed, where it is known. */
  failure?: string | undefined;
  lease?: Lease | undefined;
  retryTimer?: NodeJS.Timeout | undefined;
}

/** A delivered entry whose ack deadline runs. */
export interface Lease {
  readonly ackId: string;
  readonly entry: Entry;
  readonly onSettled: (() => void) | undefined;
  timer: NodeJS.Timeout;
}

/** What can be delivered now: at most one entry of each ordering key, so that a key's messages keep their order. */
export class ReadyEntries {
  readonly #ready = new Fifo<Entry>();
  /** Per ordering key its entries in order; the first one is ready, leased or waiting for its retry. */
  readonly #lanes = new Map<string, Fifo<Entry>>();
  readonly #ordered: boolean;

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  /** May count entries that are gone. */
  get length(): number {
    return this.#ready.length;
  }

  /** Takes a new entry in; one with an ordering key waits until those before it are gone. */
  enter(entry: Entry): void {
    const lane = this.#laneOf(entry);
    if (lane && lane.length > 0) lane.push(entry);
    else {
      lane?.push(entry);
      this.#ready.push(entry);
    }
  }

  /** Puts an entry back that failed; its lane, if any, was held for it. */
  again(entry: Entry): void {
    if (!entry.gone) this.#ready.push(entry);
  }

  next(): Entry | undefined {
    let entry = this.#ready.shift();
    while (entry?.gone) entry = this.#ready.shift();
    return entry;
  }

  /** Removes an entry for good and lets the next one of its key through. */
  leave(entry: Entry): void {
    entry.gone = true;
    const lane = this.#laneOf(entry);
    if (!lane || lane.peek() !== entry) return;
    while (lane.peek()?.gone) lane.shift();
    const next = lane.peek();
    if (next) this.#ready.push(next);
    else this.#lanes.delete(entry.message.orderingKey);
  }

  #laneOf({ message }: Entry): Fifo<Entry> | undefined {
    if (!this.#ordered || message.orderingKey === '') return undefined;
    const lane = this.#lanes.get(message.orderingKey) ?? new Fifo<Entry>();
    this.#lanes.set(message.orderingKey, lane);
    return lane;
  }
}
