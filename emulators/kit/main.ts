import { parseArgs } from 'node:util';
import { Clock, type ClockState } from './clock.ts';
import type { StartEmulator } from './emulator.ts';

/**
 * Runs one emulator as a program: `node emulators/<name>/main.ts [--port N] [--data-dir DIR] [--clock JSON]`.
 * When it serves, it prints one line of JSON, `{"ready":"<name>","env":{…}}`. It ends on SIGINT, on SIGTERM, and when
 * the process that started it (with an IPC channel) is gone, so a killed parent leaves no orphan; with code 1 when the
 * emulator dies by itself.
 */
export async function runMain(name: string, start: StartEmulator): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      'data-dir': { type: 'string' },
      clock: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`usage: node emulators/${name}/main.ts [--port N] [--data-dir DIR] [--clock JSON]\n`);
    return;
  }
  const emulator = await start({
    port: parsePort(values.port),
    clock: new Clock(values.clock === undefined ? undefined : (JSON.parse(values.clock) as ClockState)),
    env: process.env,
    ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }),
  }).catch((error: unknown) => fail(name, error));

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    emulator.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(name, error),
    );
  };
  void emulator.died?.then((error) => fail(name, error));
  process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', stop);
  process.stdout.write(`${JSON.stringify({ ready: name, env: emulator.env })}\n`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`--port ${text}: must be 0 to 65535`);
  return port;
}

function fail(name: string, error: unknown): never {
  process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
