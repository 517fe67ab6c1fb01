import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { LEDGER_DATABASE, sourcesOf } from '../pipelines/model/access.ts';
import { plan } from '../pipelines/model/plan.ts';
import { readCatalog } from '../pipelines/model/read.ts';
import { archives } from './archives.ts';
import { readConfiguration } from './configuration.ts';
import { program } from './program.ts';

const catalog = readCatalog(process.env['ALIR_PIPELINES'], process.env['ALIR_SCHEMAS']);
const { environment, sizes, warnings, ...options } = readConfiguration({
  stack: pulumi.getStack(),
  config: pulumi.runtime.allConfig(),
  secretKeys: JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]') as string[],
  databases: [LEDGER_DATABASE, ...sourcesOf(catalog)],
});
for (const warning of warnings) await pulumi.log.warn(warning);

export const { functionUrls, serviceAccounts, buckets, dashboardUrl, postgresInstance } = program(
  plan(catalog, environment, sizes),
  { ...options, packages: await archives(join(import.meta.dirname, '..')) },
);
