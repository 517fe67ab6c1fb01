/** The superuser that initdb makes, and its password. Both are well known: the server listens on loopback only. */
export const USER = 'postgres';
export const PASSWORD = 'postgres';

export const HOST = '127.0.0.1';

/** Recovery after a kill replays the write-ahead log; beyond this the server is taken to hang. */
export const START_DEADLINE_MS = 120_000;
/** How long a fast shutdown (sessions are ended, a checkpoint is written) may take before an immediate one. */
export const FAST_SHUTDOWN_MS = 10_000;
/** How long a predecessor that was killed may take to leave its folder. */
export const SETTLE_MS = 3_000;
export const POLL_MS = 50;
/** Ports to try, as somebody may take the one that was free a moment ago. */
export const PORT_ATTEMPTS = 5;

/** What pipelines rely on, beyond Postgres's defaults. */
const SERVER = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_destination: 'stderr',
  logging_collector: 'off',
  max_connections: '100',
  max_prepared_transactions: '16',
  wal_level: 'logical',
};

/** A cluster that goes when the server ends need not survive a power cut. */
const EPHEMERAL = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/** Command line of the server. */
export function serverArguments(cluster: { path: string; ephemeral?: string }, port: number): string[] {
  const settings = { ...SERVER, ...(cluster.ephemeral === undefined ? {} : EPHEMERAL) };
  const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', cluster.path, '-p', String(port), ...pairs];
}
