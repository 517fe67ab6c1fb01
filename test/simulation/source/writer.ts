import type pg from 'pg';
import type { Random } from '../engine/random.ts';
import type { Trace } from '../engine/trace.ts';
import type { Change, SourceTable } from './model.ts';
import { makeRow, putSql, type TableKind } from './rows.ts';

/** What all writers share. */
interface Shared {
  readonly random: Random;
  readonly tables: readonly SourceTable[];
  readonly trace: Trace;
  /** Rows that an open transaction has touched, as `table:id`; a second writer would wait for the first. */
  readonly locked: Set<string>;
  nextVersion: number;
  nextId: number;
  nextPrepared: number;
}

/** A writer for each session. */
export function openWriters(
  sessions: readonly pg.Client[],
  random: Random,
  tables: readonly SourceTable[],
  trace: Trace,
): Writer[] {
  const shared: Shared = { random, tables, trace, locked: new Set(), nextVersion: 1, nextId: 1, nextPrepared: 1 };
  return sessions.map((session, index) => new Writer(`writer ${index + 1}`, session, shared));
}

interface Transaction {
  readonly changes: Map<SourceTable, Change[]>;
  readonly locks: string[];
  /** How soon it ends: some are short, some are open for many steps. */
  readonly haste: number;
  /** Changes before the savepoint; undefined while there is none. */
  savepoint: Map<SourceTable, Change[]> | undefined;
}

const kindOf = (table: SourceTable): TableKind => (table.name === 'item' ? 'item' : 'note');

/** One session that writes to the source, in transactions short and long. Each step is over when it returns. */
export class Writer {
  readonly #name: string;
  readonly #client: pg.Client;
  readonly #shared: Shared;
  #open: Transaction | undefined;
  #prepared: { readonly gid: string; readonly transaction: Transaction } | undefined;

  constructor(name: string, client: pg.Client, shared: Shared) {
    this.#name = name;
    this.#client = client;
    this.#shared = shared;
  }

  async step(): Promise<void> {
    const { random } = this.#shared;
    if (this.#prepared && random.chance(0.12)) {
      await this.#endPrepared();
      return;
    }
    if (!this.#open) {
      await random.weighted<() => Promise<void>>([
        [5, () => this.#begin()],
        [3, () => this.#atOnce()],
        [0.4, () => this.#maintain(`vacuum ${random.pick(this.#shared.tables).name}`)],
        [0.4, () => this.#maintain(`analyze ${random.pick(this.#shared.tables).name}`)],
        [0.15, () => this.#truncate()],
        [0.1, () => this.#maintain(`vacuum full ${random.pick(this.#shared.tables).name}`)],
      ])();
      return;
    }
    await random.weighted<() => Promise<void>>([
      [6, () => this.#write()],
      [this.#open.haste, () => this.#end(true)],
      [0.3, () => this.#end(false)],
      [0.7, () => this.#savepoint()],
      [this.#prepared ? 0 : 1.5, () => this.#prepare()],
    ])();
  }

  /** Commits, or rolls back, whatever is open. */
  async finish(): Promise<void> {
    if (this.#open) await this.#end(this.#shared.random.chance(0.8));
    if (this.#prepared) await this.#endPrepared();
  }

  /** Writes `count` new rows into a table, in a transaction of their own. */
  async fill(table: SourceTable, count: number): Promise<void> {
    await this.#begin();
    const fresh = Array.from({ length: count }, () => this.#shared.nextId++);
    await this.#put(table, fresh);
    await this.#end(true);
  }

  async #begin(): Promise<void> {
    this.#tell('begin');
    await this.#client.query('begin');
    const haste = this.#shared.random.pick([0.3, 3]);
    this.#open = { changes: new Map(), locks: [], savepoint: undefined, haste };
  }

  async #atOnce(): Promise<void> {
    await this.#begin();
    await this.#write();
    await this.#end(true);
  }

  async #write(): Promise<void> {
    const { random, tables } = this.#shared;
    const table = random.weighted(tables.map((each) => [each.name === 'rarity' ? 0.15 : 1, each]));
    const known = this.#known(table);
    await random.weighted<() => Promise<void>>([
      [known.length < 40 ? 4 : 0.7, () => this.#put(table, this.#ids(random.int(random.chance(0.05) ? 30 : 4) + 1))],
      [known.length > 0 ? 5 : 0, () => this.#put(table, this.#some(known, 8))],
      [known.length > 0 ? 1 : 0, () => this.#remove(table, this.#some(known, 2))],
      [known.length > 0 ? 0.5 : 0, () => this.#rename(table, random.pick(known))],
    ])();
  }

  async #put(table: SourceTable, ids: readonly number[]): Promise<void> {
    const { random } = this.#shared;
    const kind = kindOf(table);
    const made = ids.map((id) => {
      const row = { version: this.#shared.nextVersion++, broken: random.chance(0.05) };
      return { id, row, values: makeRow(random, kind, id, row.version, row.broken) };
    });
    await this.#client.query(putSql(table.name, kind), [JSON.stringify(made.map(({ values }) => values))]);
    for (const { id, row } of made) this.#record(table, { kind: 'put', id, row });
    const broken = made.some(({ row }) => row.broken)
      ? `, broken: ${made
          .filter((one) => one.row.broken)
          .map(({ id }) => id)
          .join(' ')}`
      : '';
    this.#tell(`put ${table.name} ${made.map(({ id, row }) => `${id}=v${row.version}`).join(' ')}${broken}`);
  }

  async #remove(table: SourceTable, ids: readonly number[]): Promise<void> {
    await this.#client.query(`delete from ${table.name} where id = any($1)`, [ids]);
    for (const id of ids) this.#record(table, { kind: 'remove', id });
    this.#tell(`delete ${table.name} ${ids.join(' ')}`);
  }

  /** A primary key that is updated in place. */
  async #rename(table: SourceTable, id: number): Promise<void> {
    const to = this.#shared.nextId++;
    const version = this.#shared.nextVersion++;
    const { rows } = await this.#client.query<{ broken: boolean | null }>(
      `update ${table.name} set id = $2, version = $3, updated_at = now() where id = $1 returning not isfinite(due) as broken`,
      [id, to, version],
    );
    this.#record(table, { kind: 'remove', id });
    this.#record(table, { kind: 'put', id: to, row: { version, broken: rows[0]?.broken ?? false } });
    this.#tell(`rename ${table.name} ${id} to ${to}=v${version}`);
  }

  async #savepoint(): Promise<void> {
    const open = this.#open;
    if (!open) return;
    if (open.savepoint) {
      this.#tell('rollback to savepoint');
      await this.#client.query('rollback to savepoint s');
      open.changes.clear();
      for (const [table, changes] of open.savepoint) open.changes.set(table, changes);
      open.savepoint = undefined;
      return;
    }
    this.#tell('savepoint');
    await this.#client.query('savepoint s');
    open.savepoint = new Map([...open.changes].map(([table, changes]) => [table, [...changes]]));
  }

  async #end(commit: boolean): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    this.#tell(commit ? 'commit' : 'rollback');
    await this.#client.query(commit ? 'commit' : 'rollback');
    this.#settle(open, commit);
  }

  async #prepare(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    // The name is the server's, where other workers are at work too.
    const gid = `simulated_${process.pid}_${this.#shared.nextPrepared++}`;
    this.#tell('prepare transaction');
    await this.#client.query(`prepare transaction '${gid}'`);
    this.#prepared = { gid, transaction: open };
  }

  async #endPrepared(): Promise<void> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (!prepared || this.#open) {
      this.#prepared = prepared;
      return;
    }
    const commit = this.#shared.random.chance(0.8);
    this.#tell(`${commit ? 'commit' : 'rollback'} prepared`);
    await this.#client.query(`${commit ? 'commit' : 'rollback'} prepared '${prepared.gid}'`);
    this.#settle(prepared.transaction, commit);
  }

  #settle({ changes, locks }: Transaction, commit: boolean): void {
    for (const lock of locks) this.#shared.locked.delete(lock);
    if (commit) for (const [table, made] of changes) table.commit(made);
  }

  async #maintain(sql: string): Promise<void> {
    this.#tell((await this.#tried(sql)) ? sql : `${sql}: somebody holds the table`);
  }

  async #truncate(): Promise<void> {
    const table = this.#shared.random.pick(this.#shared.tables);
    if (!(await this.#tried(`truncate ${table.name}`))) return;
    table.commit([{ kind: 'clear' }]);
    this.#tell(`truncate ${table.name}`);
  }

  /** What needs the table for itself is left when somebody else has it: nobody would go on while we waited. */
  async #tried(sql: string): Promise<boolean> {
    try {
      await this.#client.query(sql);
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === '55P03') return false;
      throw error;
    }
  }

  #record(table: SourceTable, change: Change & { readonly id: number }): void {
    const open = this.#open;
    if (!open) throw new Error('a write without a transaction');
    open.changes.set(table, [...(open.changes.get(table) ?? []), change]);
    const lock = `${table.name}:${change.id}`;
    this.#shared.locked.add(lock);
    open.locks.push(lock);
  }

  /** Rows that are committed and in nobody's hands. */
  #known(table: SourceTable): number[] {
    return [...table.committed.rows.keys()].filter((id) => !this.#shared.locked.has(`${table.name}:${id}`));
  }

  #some(ids: readonly number[], atMost: number): number[] {
    const { random } = this.#shared;
    const wanted = random.int(atMost) + 1;
    return [...new Set(Array.from({ length: wanted }, () => random.pick(ids)))];
  }

  #ids(count: number): number[] {
    return Array.from({ length: count }, () => this.#shared.nextId++);
  }

  #tell(what: string): void {
    this.#shared.trace.add(this.#name, what);
  }
}
