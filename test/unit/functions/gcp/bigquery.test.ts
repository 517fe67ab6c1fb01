import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { openWarehouse } from '../../../../functions/gcp/bigquery.ts';

test('a query whose job is there already, for the answer to its creation was lost, fails if the job cannot be read', async () => {
  const asked: string[] = [];
  const server = createServer(({ method, url = '' }, response) => {
    asked.push(`${method} ${new URL(url, 'http://host').pathname.replace(/[0-9a-f-]{36}$/, '<id>')}`);
    const code = method === 'POST' ? 409 : 403;
    const error = { code, message: `no, ${code}`, errors: [{ reason: code === 409 ? 'duplicate' : 'accessDenied' }] };
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // The client itself looks there.
    process.env['BIGQUERY_EMULATOR_HOST'] = host;
    const warehouse = openWarehouse('demo', 'US', process.env);
    const billed = { labels: {}, onJob: () => undefined };
    await expect(warehouse.query('SELECT 1', {}, billed)).rejects.toMatchObject({ name: 'TerminalError' });
    expect(asked).toEqual(['POST /projects/demo/jobs', 'GET /projects/demo/queries/<id>']);
  } finally {
    delete process.env['BIGQUERY_EMULATOR_HOST'];
    server.closeAllConnections();
    server.close();
  }
});
