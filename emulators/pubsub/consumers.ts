/** Something that takes deliveries: a push endpoint, a waiting pull, a stream. */
export interface Consumer {
  /** Entries are ready; take up to `limit` of them (with `Queue.lease`). */
  offer(limit: number): void;
  /** The subscription is gone. */
  closed(): void;
}

/** Who takes a queue's deliveries, and in which turn. */
export class Consumers {
  readonly #consumers = new Set<Consumer>();
  readonly #ready: () => number;
  #scheduled = false;

  /** @param ready says how many entries wait to be delivered */
  constructor(ready: () => number) {
    this.#ready = ready;
  }

  /** Adds a consumer; it is offered what is ready. Returns the way out. */
  attach(consumer: Consumer): () => void {
    this.#consumers.add(consumer);
    this.schedule();
    return () => this.#consumers.delete(consumer);
  }

  /** One round of offers for everything that becomes ready in this turn of the event loop. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#offer();
    });
  }

  close(): void {
    const consumers = [...this.#consumers];
    this.#consumers.clear();
    for (const consumer of consumers) consumer.closed();
  }

  /** Even shares first, so that several subscribers divide the work; then whoever has room takes the rest. */
  #offer(): void {
    const consumers = [...this.#consumers];
    const share = Math.ceil(this.#ready() / consumers.length);
    for (const limit of [share, Infinity]) {
      for (const consumer of consumers) {
        if (this.#ready() > 0) consumer.offer(limit);
      }
    }
    // The next round begins with another consumer.
    const [first] = consumers;
    if (first && this.#consumers.delete(first)) this.#consumers.add(first);
  }
}
