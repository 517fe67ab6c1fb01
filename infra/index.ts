import { join } from 'node:path';
import { plan } from '../pipelines/model/plan.ts';
import { readCatalog } from '../pipelines/model/read.ts';
import { readConfiguration } from './configuration.ts';
import { program } from './program.ts';

const { environment, ...options } = readConfiguration();
const root = join(import.meta.dirname, '..');

export const { functionUrls, postgresInstance } = program(plan(readCatalog(), environment), { ...options, root });
