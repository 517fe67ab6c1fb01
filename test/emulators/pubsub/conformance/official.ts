import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { until } from '../harness.ts';

/** Where Google's own emulator is (`PUBSUB_OFFICIAL_EMULATOR`, else the Cloud SDK), or why it cannot be asked. */
export function findOfficial(): { readonly program: string } | { readonly missing: string } {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
  } catch {
    return { missing: 'there is no java' };
  }
  const program = process.env['PUBSUB_OFFICIAL_EMULATOR'] ?? inCloudSdk();
  if (program === undefined) return { missing: 'neither gcloud nor PUBSUB_OFFICIAL_EMULATOR leads to it' };
  return existsSync(program) ? { program } : { missing: `there is no ${program}` };
}

function inCloudSdk(): string | undefined {
  try {
    const root = execFileSync('gcloud', ['info', '--format=value(installation.sdk_root)'], { encoding: 'utf8' }).trim();
    return join(root, 'platform', 'pubsub-emulator', 'bin', 'cloud-pubsub-emulator');
  } catch {
    return undefined;
  }
}

export async function startOfficial(program: string): Promise<{ host: string; stop: () => Promise<void> }> {
  const host = `127.0.0.1:${await freePort()}`;
  const [, port = ''] = host.split(':');
  // A group of its own, for the program is a script that may start java beside it.
  const child = spawn(program, ['--host=127.0.0.1', `--port=${port}`], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, JAVA_OPTS: '-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1' },
  });
  await until('the official emulator to serve', async () => {
    if (child.exitCode !== null) throw new Error(`the official emulator ended with ${child.exitCode}`);
    const answer = await fetch(`http://${host}/`).catch(() => undefined);
    return answer?.ok === true ? true : undefined;
  });
  return {
    host,
    stop: async () => {
      await kill(child);
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
