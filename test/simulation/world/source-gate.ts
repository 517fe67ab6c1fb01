import pg from 'pg';
import { READER } from '../../../functions/sources/postgres.ts';
import { currentCall, type Failure, perform } from '../engine/calls.ts';

interface Prototype {
  connect: (this: pg.Client, ...args: unknown[]) => unknown;
  query: (this: pg.Client, ...args: unknown[]) => unknown;
}

/** What a Postgres that is shut down, or takes a right away, says: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function failing(failure: Failure): never {
  if (failure === 'lost') throw new Error('Connection terminated unexpectedly');
  const [code, message] =
    failure === 'passing'
      ? ['57P01', 'terminating connection due to administrator command']
      : ['42501', 'permission denied for table item'];
  throw Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, severity: 'ERROR' });
}

/**
 * Makes every statement that a stage sends to its source an effect: between two of them, anything may happen. Rows that
 * are being streamed are not parted, for they are read in one snapshot anyhow.
 */
export function gateSources(): void {
  const prototype = pg.Client.prototype as unknown as Prototype;
  const { connect, query } = prototype;
  const isReader = (client: pg.Client): boolean =>
    currentCall() !== undefined &&
    (client as unknown as { connectionParameters: { application_name?: string } }).connectionParameters
      .application_name === READER;

  prototype.connect = function (this: pg.Client, ...args: unknown[]) {
    if (!isReader(this)) return connect.apply(this, args);
    currentCall()?.connections.add(this);
    const act = async (): Promise<unknown> => await connect.apply(this, args);
    return perform({ service: 'source', what: 'connect', act, fail: failing });
  };
  prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first] = args;
    const text = typeof first === 'string' ? first : (first as { text?: unknown } | undefined)?.text;
    const isStream = typeof (first as { submit?: unknown } | undefined)?.submit === 'function';
    if (!isReader(this) || isStream || typeof text !== 'string') return query.apply(this, args);
    const act = async (): Promise<unknown> => await query.apply(this, args);
    return perform({ service: 'source', what: text.trim().replace(/\s+/g, ' ').slice(0, 60), act, fail: failing });
  };
}
