import { parseArgs } from 'node:util';
import { Clock, type ClockState } from './clock.ts';
import type { EmulatorOptions, StartEmulator } from './emulator.ts';
import { describe } from './errors.ts';

/**
 * Runs one emulator as a program: `node emulators/<name>/main.ts [--port N] [--data-dir DIR] [--clock JSON]`.
 * When it serves, it prints one line of JSON, `{"ready":"<name>","env":{…}}`. It ends on SIGINT, on SIGTERM, and when
 * the process that started it (with an IPC channel) is gone, so a killed parent leaves no orphan; with code 1 and one
 * line of reason when it cannot start, cannot stop, or dies by itself.
 */
export async function runMain(name: string, start: StartEmulator): Promise<void> {
  try {
    const options = readOptions();
    if (options === 'help') {
      process.stdout.write(`usage: node emulators/${name}/main.ts [--port N] [--data-dir DIR] [--clock JSON]\n`);
      return;
    }
    // Heard from the beginning: a parent may be gone before we serve. Signals after the first change nothing.
    const asked = new Promise<undefined>((resolve) => {
      const stop = (): void => {
        resolve(undefined);
      };
      process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', stop);
    });
    const emulator = await start(options);
    process.stdout.write(`${JSON.stringify({ ready: name, env: emulator.env })}\n`);
    const death = await Promise.race([asked, ...(emulator.died ? [emulator.died] : [])]);
    if (death) throw death;
    await emulator.stop();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${name}: ${describe(error)}\n`);
    process.exit(1);
  }
}

function readOptions(): EmulatorOptions | 'help' {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      'data-dir': { type: 'string' },
      clock: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    port: parsePort(values.port),
    clock: parseClock(values.clock),
    env: process.env,
    ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }),
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`--port "${text}": must be an integer from 0 to 65535`);
  }
  return port;
}

function parseClock(text: string | undefined): Clock {
  if (text === undefined) return new Clock();
  try {
    return new Clock(JSON.parse(text) as ClockState);
  } catch (error) {
    throw new Error(`--clock ${text}: ${(error as Error).message}`, { cause: error });
  }
}
