import { audit } from '../../functions/audit.ts';
import { encode } from '../../functions/encode.ts';
import { extract } from '../../functions/extract.ts';
import { readCursor } from '../../functions/ledger/cursors.ts';
import { readTableRun } from '../../functions/ledger/runs.ts';
import { load } from '../../functions/load.ts';
import { merge } from '../../functions/merge.ts';
import type { Warehouse } from '../../functions/gcp/bigquery.ts';
import { encodeMessageData, type Message, type Outgoing } from '../../functions/messages/messages.ts';
import type { EveryService } from '../../functions/runtime/clients/every.ts';
import { handle, type StageDefinition } from '../../functions/runtime/handle.ts';
import type { TestCloud } from '../support/cloud.ts';
import { applicationUrl } from '../support/library.ts';
import { execute } from '../support/postgres.ts';

const stages = new Map<string, unknown>(Object.entries({ extract, encode, load, audit, merge }));
const stageOf = (name: string): StageDefinition<Message> => stages.get(name) as StageDefinition<Message>;

/** A run of the table `rent`, and the message that it has come to. */
export interface Driven {
  readonly runId: string;
  readonly due: Outgoing;
}

/** The chain of a cloud, driven by hand: a stage is a plain function, so a test can stop before, in and after each. */
export class Drive {
  readonly #cloud: TestCloud;
  readonly #services: EveryService;
  #runs = 0;

  constructor(cloud: TestCloud) {
    this.#cloud = cloud;
    this.#services = cloud.services;
  }

  /** What a stage would publish. */
  async deliver({ stage, message }: Outgoing, by: EveryService = this.#services): Promise<Outgoing[]> {
    const delivery = { messageId: '1', publishTime: new Date(), data: encodeMessageData(message), attributes: {} };
    return await stageOf(stage).run(message, delivery, by);
  }

  /** Delivers as Pub/Sub would, through the handler; what follows is published, and the cloud goes on with it. */
  async push({ stage, message }: Outgoing, by: EveryService = this.#services): Promise<void> {
    const publishTime = new Date().toISOString();
    const data = encodeMessageData(message).toString('base64');
    const event = { id: '1', time: publishTime, data: { message: { messageId: '1', publishTime, data } } };
    await handle(stageOf(stage), event, by);
  }

  /** Changes two rows of the table. */
  async changeSource(): Promise<void> {
    await execute(applicationUrl(this.#cloud), 'update rent_table set return_date = return_date + 1 where id <= 2');
  }

  /** Begins a run; its table is to be taken. */
  async begin(): Promise<Driven> {
    const manual = { id: `c${(this.#runs += 1)}`, at: new Date().toISOString() };
    const tick: Message = { v: 1, kind: 'tick', pipeline: 'library', manual, tables: ['rent'] };
    const [due] = await this.deliver({ stage: 'extract', message: tick });
    if (due?.message.kind !== 'extract') throw new Error('a tick is not followed by extract');
    return { runId: due.message.runId, due };
  }

  /** A run with changed rows, up to where its merge is due. */
  async upToMerge(): Promise<Driven> {
    await this.changeSource();
    const { runId, due: first } = await this.begin();
    let due: Outgoing | undefined = first;
    while (due && due.stage !== 'merge') [due] = await this.deliver(due);
    if (!due) throw new Error('the chain ended before the merge');
    return { runId, due };
  }

  async stateOf(runId: string): Promise<string | undefined> {
    return (await readTableRun(this.#services.ledger, runId, 'rent'))?.state;
  }

  async cursor(): Promise<string | undefined> {
    return (await readCursor(this.#services.ledger, 'library', 'rent'))?.value;
  }

  /** As if nothing had been heard of the owner of a claim, or of a lease, for long enough. */
  async silence(table: 'task' | 'lease', runId: string): Promise<void> {
    const column = table === 'task' ? 'claimed_until' : 'expires_at';
    await this.#services.ledger.query(
      `update ${table} set ${column} = clock_timestamp() - interval '1 hour' where run_id = $1 and table_name = 'rent'`,
      [runId],
    );
  }

  /** The services of a process, and which MERGE jobs it was the one to start. */
  withStartedMerges(by: EveryService = this.#services): { by: EveryService; started: string[] } {
    const started: string[] = [];
    const log: EveryService['log'] = (_severity, _message, fields) => {
      const id = String(fields?.['jobId']);
      if (fields?.['event'] === 'job-ended' && id.startsWith('alir-merge-')) started.push(id);
    };
    return { by: { ...by, log }, started };
  }

  /** The services of a process that is killed at its first transaction, and is silent from then on. */
  killedAtCommit(): EveryService {
    let dead = false;
    const { ledger } = this.#services;
    return {
      ...this.#services,
      ledger: {
        ...ledger,
        query: async (text, values) => {
          if (dead) throw new Error('killed');
          return await ledger.query(text, values);
        },
        transaction: async () => {
          dead = true;
          return await Promise.reject(new Error('killed'));
        },
      },
    };
  }

  /** Services with another way of running jobs, which is handed BigQuery's own. */
  withJobs(
    run: (real: Warehouse['runJob'], ...job: Parameters<Warehouse['runJob']>) => ReturnType<Warehouse['runJob']>,
  ): EveryService {
    const services = this.#services;
    return {
      ...services,
      warehouse: async () => {
        const warehouse = await services.warehouse();
        return {
          ...warehouse,
          runJob: async (...job) => await run(async (...of) => await warehouse.runJob(...of), ...job),
        };
      },
    };
  }
}
