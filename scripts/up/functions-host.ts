import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import '../../functions/index.ts';
import { functionNames } from '../../pipelines/model/names.ts';
import { functionVariable } from './variables.ts';

/**
 * Serves every function under the functions framework, each on a free port, in one process: seven processes would cost
 * half a gigabyte and several seconds. Announces the URLs as an emulator does.
 */
const servers = functionNames.map((name) => ({ name, server: getTestServer(name) }));
const env: Record<string, string> = {};
for (const { name, server } of servers) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  env[functionVariable(name)] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Calls under way get a moment to finish; what is cut off is delivered again after the next start. */
const stop = (): void => {
  let open = servers.length;
  for (const { server } of servers) {
    server.close(() => {
      open -= 1;
      if (open === 0) process.exit(0);
    });
    server.closeIdleConnections();
  }
  setTimeout(() => process.exit(0), 2000).unref();
};
process.once('SIGTERM', stop).once('SIGINT', stop).once('disconnect', stop);
process.stdout.write(`${JSON.stringify({ ready: 'functions', env })}\n`);
