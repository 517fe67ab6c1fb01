import pg from 'pg';
import { READER } from '../../../functions/sources/postgres.ts';
import { currentCall, type Cuttable, type Failure, perform } from '../engine/calls.ts';
import { pick, SOURCE } from './refusals.ts';

interface Prototype {
  connect: (this: pg.Client, ...args: unknown[]) => unknown;
  query: (this: pg.Client, ...args: unknown[]) => unknown;
}

/** A COPY, whose answer pg gives to the query itself. */
interface Stream {
  handleError(error: Error): void;
}

function failing(failure: Failure, variant: number): never {
  throw pick(SOURCE, failure, variant);
}

/**
 * Makes every statement that a stage sends to its source an effect: between two of them, anything may happen. The rows of
 * a COPY are one effect, for they are read in one snapshot anyhow; where it fails, the connection is gone in its middle.
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
    if (!isReader(this) || (!isStream && typeof text !== 'string')) return query.apply(this, args);
    const act = async (): Promise<unknown> => await query.apply(this, args);
    if (!isStream) {
      const what = String(text).trim().replace(/\s+/g, ' ').slice(0, 60);
      return perform({ service: 'source', what, act, fail: failing });
    }
    const fail = (failure: Failure, variant: number): void => {
      (this as unknown as Cuttable).connection.stream.destroy();
      (first as Stream).handleError(pick(SOURCE, failure, variant));
    };
    void perform({ service: 'source', what: 'copy', act: () => Promise.resolve(void act()), fail });
    return undefined;
  };
}
