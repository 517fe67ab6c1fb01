import type { Clock } from '../kit/clock.ts';
import { controlRoutes } from '../kit/control.ts';
import type { Routes } from '../kit/router.ts';
import { z } from 'zod';
import type { Broker } from './broker.ts';
import { read } from './shapes.ts';

const faultsShape = z.strictObject({ duplicateDeliveries: z.boolean() });

const bigqueryShape = z.strictObject({ host: z.url('must be a URL, such as http://127.0.0.1:9050') });

/** What a test or a person does with the emulator itself: the kit's routes, figures and faults. */
export function control(broker: Broker, clock: Clock): Routes {
  const reset = (): void => {
    broker.reset();
  };
  return {
    ...controlRoutes({ clock, reset }),
    // Where the official emulator has it.
    'POST /reset': () => {
      reset();
      return { body: {} };
    },
    'GET /emulator/v1/stats': () => ({ body: { subscriptions: broker.stats() } }),
    'GET /emulator/v1/bigquery': () => ({ body: { host: broker.bigquery.host ?? null } }),
    'PUT /emulator/v1/bigquery': async (request) => {
      broker.bigquery.host = read(bigqueryShape, await request.json(), 'bigquery').host;
      return { body: { host: broker.bigquery.host } };
    },
    'GET /emulator/v1/faults': () => ({ body: broker.faults }),
    'PUT /emulator/v1/faults': async (request) => {
      Object.assign(broker.faults, read(faultsShape, await request.json(), 'faults'));
      return { body: broker.faults };
    },
  };
}
