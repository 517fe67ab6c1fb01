import type { ClientName, Services } from '../services.ts';
import { bucket } from './bucket.ts';
import { warehouse } from './warehouse.ts';

/** For what is no function and may use everything: the command line, and tests. */
export const everyClient = { bucket, warehouse };
export type EveryService = Services<ClientName>;
