import { z } from 'zod';
import { functionNames } from '../pipelines/model/names.ts';
import { DEFAULT_PROFILE, profileNames } from '../pipelines/model/profiles.ts';
import { DELIVERY, longestSeconds } from '../pipelines/model/retries.ts';
import { multiRegions, regions } from './regions.ts';

/** The shape of each setting, read from the text that Pulumi hands on; objects and lists are JSON there. */

const flag = z.enum(['true', 'false'], 'it is true or false').transform((text) => text === 'true');

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, `it is a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `it is a whole number from ${least} to ${most}`);

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'it is a list or an object: set its parts with --path' });
    return z.NEVER;
  }
});

const size = (least: number, most: number, what: string) =>
  z
    .int(`it is a whole number from ${least} to ${most}${what}`)
    .min(least, `it is from ${least} to ${most}${what}`)
    .max(most, `it is from ${least} to ${most}${what}`);

/** https://cloud.google.com/functions/quotas; Cloud Run derives the CPU from the memory. */
const functionSize = z.strictObject(
  {
    memoryMiB: size(128, 32_768, ', in MiB').optional(),
    maxInstances: size(1, 1000, '').optional(),
  },
  'it is an object with memoryMiB, maxInstances or both',
);

/** https://cloud.google.com/sql/docs/postgres/machine-series-overview, of the Enterprise edition */
const SHARED_CORE = ['db-f1-micro', 'db-g1-small'];
const tierRule =
  'it is db-f1-micro, db-g1-small or db-custom-<CPUs>-<MiB> with 1 or an even number of CPUs up to 96, 3840 MiB or more, 922 to 6656 MiB per CPU and a multiple of 256';
const tier = z.string().refine((name) => SHARED_CORE.includes(name) || isCustomTier(name), tierRule);

function isCustomTier(name: string): boolean {
  const [, cpus = 0, memory = 0] = (/^db-custom-(\d+)-(\d+)$/.exec(name) ?? []).map(Number);
  const hasCpus = cpus === 1 || (cpus % 2 === 0 && cpus >= 2 && cpus <= 96);
  return hasCpus && memory % 256 === 0 && memory >= 3840 && memory >= cpus * 922 && memory <= cpus * 6656;
}

const urlRule = 'it is postgres://<user>:<password>@<host>:<port>/<database>, with %XX for special characters';
const postgresUrl = z.string(urlRule).refine(isPostgresUrl, urlRule);

function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^postgres(?:ql)?:$/.test(url.protocol) && url.hostname !== '' && url.pathname.length > 1;
}

const networkName = z
  .string()
  .regex(/^[a-z0-9.:/_-]+$/, 'it is a name, or projects/<project>/… as `gcloud compute networks list --uri` has it');

export const settingsSchema = z.strictObject({
  profile: z.enum(profileNames, `it is ${profileNames.join(' or ')}`).default(DEFAULT_PROFILE),
  location: z
    .string()
    .refine((name) => [...multiRegions, ...regions].includes(name), `it is ${multiRegions.join(', ')} or a region`)
    .optional(),
  datasetPrefix: z
    .string()
    .regex(/^(?:[A-Za-z_][A-Za-z0-9_]*)?$/, 'it is letters, digits and "_", not beginning with a digit, or empty')
    .max(200, 'it has at most 200 characters')
    .optional(),
  functions: json
    .pipe(z.partialRecord(z.enum(functionNames, 'there is no such function'), functionSize, 'it is sizes by function'))
    .default({}),
  postgresTier: tier.optional(),
  postgresAvailability: z.enum(['ZONAL', 'REGIONAL'], 'it is ZONAL or REGIONAL').optional(),
  postgresPointInTimeRecovery: flag.optional(),
  postgresBackups: wholeNumber(1, 365).optional(),
  protect: flag.optional(),
  maxMessageAge: wholeNumber(longestSeconds(), DELIVERY.retentionSeconds).optional(),
  databaseUrls: json.pipe(z.record(z.string(), postgresUrl, 'it is URLs by database')).default({}),
  network: networkName.optional(),
  subnetwork: networkName.optional(),
  alertEmails: json.pipe(z.array(z.email('it is an e-mail address'), 'it is a list of e-mail addresses')).default([]),
  alertWebhookUrl: z.url({ protocol: /^https$/, error: 'it is an https:// URL' }).optional(),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;
export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** Settings that nobody should read in a file; their values are in no message either. */
export const secretSettings: readonly string[] = ['databaseUrls', 'alertWebhookUrl'] satisfies SettingName[];

/** A value that is right; secrets are asked for when none is given. */
export const examples: Readonly<Record<SettingName, string>> = {
  profile: 'production',
  location: 'EU',
  datasetPrefix: 'dev_',
  functions: '2048',
  postgresTier: 'db-custom-2-7680',
  postgresAvailability: 'REGIONAL',
  postgresPointInTimeRecovery: 'true',
  postgresBackups: '30',
  protect: 'true',
  maxMessageAge: '86400',
  databaseUrls: '',
  network: 'default',
  subnetwork: 'default',
  alertEmails: 'team@example.com',
  alertWebhookUrl: '',
};

/** A part of each setting that is not one text. */
export const parts: Readonly<Partial<Record<SettingName, string>>> = {
  functions: 'functions.encode.memoryMiB',
  databaseUrls: 'databaseUrls.application',
  alertEmails: 'alertEmails[0]',
};

/** The command that sets it right. @param path of the part that is wrong, if it is not all */
export function commandFor(name: SettingName, path = parts[name]): string {
  const words = [
    'pulumi config set',
    secretSettings.includes(name) ? '--secret' : '',
    path ? `--path '${path}'` : name,
  ];
  return [...words, examples[name]].filter(Boolean).join(' ');
}
