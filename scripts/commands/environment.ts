import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { everyClient, type EveryService } from '../../functions/runtime/clients/every.ts';
import { openServices } from '../../functions/runtime/services.ts';
import { isAlive } from '../up/folder.ts';
import { formatEnvFile, parseEnvFile } from '../up/variables.ts';

/** Where `alir up` says how to reach the cloud that it keeps; the other commands look here. */
export const currentEnvFile = join(import.meta.dirname, '../../.alir/env');

/** The process that keeps the cloud: where it has ended, nobody needs to wait for an answer. */
const OWNER = 'ALIR_CLOUD_PID';

/** Writes the env file of a running cloud; the returned function takes it away again, unless another cloud has its own there. */
export function publishEnvFile(file: string, variables: Readonly<Record<string, string>>): () => void {
  const text = formatEnvFile({ ...variables, [OWNER]: String(process.pid) });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
  return () => {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) rmSync(file);
  };
}

/**
 * Services for a command that talks to a running environment: what the shell has set, or else what `alir up` wrote.
 * @throws Error telling how to start one
 */
export function connect(): EveryService & { close(): Promise<void> } {
  if (process.env['ALIR_LEDGER_URL'] === undefined) {
    if (!existsSync(currentEnvFile)) {
      throw new Error(
        'no environment to talk to: start a local cloud with ./emulator.sh, or set ALIR_LEDGER_URL and the rest',
      );
    }
    Object.assign(process.env, parseEnvFile(readFileSync(currentEnvFile, 'utf8')));
  }
  const owner = process.env[OWNER];
  if (owner !== undefined && !isAlive(Number(owner))) {
    throw new Error(
      `the local cloud of process ${owner} has ended; start one with ./emulator.sh, and source its env file anew`,
    );
  }
  return openServices(process.env, everyClient);
}
