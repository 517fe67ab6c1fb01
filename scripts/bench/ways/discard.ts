import type { Prepared, Task } from '../task.ts';
import { connect, queryOf } from './connect.ts';

/** A COPY whose bytes are thrown away as they come off the socket: the limit, on a machine without psql. */
export async function discard(task: Task): Promise<Prepared> {
  const client = await connect(task.url);
  return {
    async run() {
      let bytes = 0;
      const { stream } = client.connection;
      stream.removeAllListeners('data');
      await new Promise<void>((resolve) => {
        const readyForQuery = Buffer.from('5a0000000549', 'hex');
        stream.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (chunk.subarray(-readyForQuery.length).equals(readyForQuery)) resolve();
        });
        client.connection.query(`copy (${queryOf(task)}) to stdout (format binary)`);
      });
      return { rows: 0, bytes };
    },
    // pg does not read this socket any more, so it cannot say goodbye.
    close() {
      client.connection.stream.destroy();
      return Promise.resolve();
    },
  };
}
