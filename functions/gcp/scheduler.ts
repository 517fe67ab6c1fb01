import { CloudSchedulerClient } from '@google-cloud/scheduler';
import { emulatorAuth } from './auth.ts';

/** The client knows no emulator variable of its own, so this reads one as Google's other clients do. */
export function openScheduler(
  projectId: string,
  env: Readonly<Record<string, string | undefined>>,
): CloudSchedulerClient {
  const host = env['CLOUD_SCHEDULER_EMULATOR_HOST'];
  if (host === undefined || host === '') return new CloudSchedulerClient({ projectId });
  const [apiEndpoint = '127.0.0.1', port] = host.replace(/^https?:\/\//, '').split(':');
  const options = { projectId, apiEndpoint, port: Number(port), fallback: true, protocol: 'http' };
  // gax types its auth client against its own copy of google-auth-library; any PassThroughClient does.
  return new CloudSchedulerClient({ ...options, ...emulatorAuth(host) });
}
