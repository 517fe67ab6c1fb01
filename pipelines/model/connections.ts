import type { FunctionPlan } from './resources.ts';

/** A function instance holds so many connections at most: to the ledger, and to one source. */
const CONNECTIONS_PER_INSTANCE = 5;
/** For people, and for what Cloud SQL keeps for itself. */
const CONNECTIONS_RESERVED = 20;

/** `max_connections` of the Postgres instance: enough for every function instance that there can be. */
export function maxConnections(functions: readonly FunctionPlan[]): number {
  const instances = functions.reduce((sum, { maxInstances }) => sum + maxInstances, 0);
  return instances * CONNECTIONS_PER_INSTANCE + CONNECTIONS_RESERVED;
}
