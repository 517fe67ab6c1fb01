import * as pulumi from '@pulumi/pulumi';
import { closest } from '../pipelines/model/mistake.ts';
import { type Profile, profiles } from '../pipelines/model/profiles.ts';
import type { Environment, Sizes } from '../pipelines/model/resources.ts';
import { mistakesIn } from './mistakes.ts';
import type { ExistingNetwork } from './network.ts';
import type { ProgramOptions } from './program.ts';
import { isNear, regions } from './regions.ts';
import { commandFor, secretSettings, type Settings, settingNames, settingsSchema } from './settings.ts';

/** Without "-": otherwise `a` with a pipeline `b-c` and `a-b` with a pipeline `c` would share the name `alir-a-b-c`. */
const ENVIRONMENT = /^[a-z][a-z0-9]{0,14}$/;
/** https://cloud.google.com/resource-manager/docs/creating-managing-projects */
const PROJECT = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
/** Postgres cuts names after 63 characters, and `alir-<environment>-generate@<project>.iam` is one. */
const ENVIRONMENT_AND_PROJECT = 44;

export interface Configuration extends Pick<
  ProgramOptions,
  'profile' | 'databaseUrls' | 'network' | 'channels' | 'maxMessageAgeSeconds'
> {
  readonly environment: Environment;
  readonly sizes: Sizes;
  /** What is allowed and probably not meant. */
  readonly warnings: readonly string[];
}

/** What Pulumi hands to a program. */
export interface StackConfiguration {
  readonly stack: string;
  /** By full key, e.g. `alir:location`; objects and lists as JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** Keys that were set with --secret. */
  readonly secretKeys: readonly string[];
  /** The databases of the pipelines, of which some may be there already. */
  readonly databases: readonly string[];
}

/** @throws pulumi.RunError with every mistake: setting, value, rule, and the command that mends it */
export function readConfiguration(given: StackConfiguration): Configuration {
  const { stack, config } = given;
  const own = Object.entries(config).flatMap(([key, value]) =>
    key.startsWith('alir:') ? [[key.slice('alir:'.length), value] as const] : [],
  );
  const parsed = settingsSchema.safeParse(Object.fromEntries(own));
  const mistakes = [
    ...placeMistakes(stack, config),
    ...own.flatMap(([name]) => unknownSetting(name)),
    ...(parsed.success ? acrossMistakes(parsed.data, given) : mistakesIn(parsed.error, Object.fromEntries(own))),
  ];
  if (!parsed.success || mistakes.length > 0) {
    throw new pulumi.RunError(`the configuration of stack ${stack} has mistakes:\n- ${mistakes.join('\n- ')}`);
  }
  return resolve(parsed.data, given);
}

function resolve(settings: Settings, { stack, config, secretKeys }: StackConfiguration): Configuration {
  const region = config['gcp:region'] ?? '';
  const {
    location = region,
    datasetPrefix = `${stack}_`,
    network,
    subnetwork,
    alertWebhookUrl,
    maxMessageAge,
  } = settings;
  return {
    environment: { name: stack, projectId: config['gcp:project'] ?? '', region, location, datasetPrefix },
    sizes: sizesOf(settings),
    profile: profileOf(settings),
    ...(maxMessageAge === undefined ? {} : { maxMessageAgeSeconds: maxMessageAge }),
    databaseUrls: new Map(Object.entries(settings.databaseUrls).map(([name, url]) => [name, pulumi.secret(url)])),
    ...(network && subnetwork ? { network: { network, subnetwork } satisfies ExistingNetwork } : {}),
    channels: {
      emails: settings.alertEmails,
      ...(alertWebhookUrl ? { webhookUrl: pulumi.secret(alertWebhookUrl) } : {}),
    },
    warnings: [
      ...(isNear(location, region)
        ? []
        : [`alir:location ${location} is far from gcp:region ${region}: all data would travel between the two`]),
      ...Object.keys(config)
        .filter((key) => secretSettings.includes(key.replace('alir:', '')) && !secretKeys.includes(key))
        .map((key) => `${key} stands in the stack's file in clear; set it again with --secret`),
    ],
  };
}

/** The profile, and what its own settings say otherwise. */
function profileOf(settings: Settings): Profile {
  const base = profiles[settings.profile];
  return {
    postgresTier: settings.postgresTier ?? base.postgresTier,
    postgresAvailability: settings.postgresAvailability ?? base.postgresAvailability,
    postgresPointInTimeRecovery: settings.postgresPointInTimeRecovery ?? base.postgresPointInTimeRecovery,
    postgresBackups: settings.postgresBackups ?? base.postgresBackups,
    protect: settings.protect ?? base.protect,
  };
}

function sizesOf({ functions }: Settings): Sizes {
  return Object.fromEntries(
    Object.entries(functions).map(([name, { memoryMiB, maxInstances }]) => [
      name,
      {
        ...(memoryMiB === undefined ? {} : { memoryMiB }),
        ...(maxInstances === undefined ? {} : { maxInstances }),
      },
    ]),
  );
}

/** Where the stack is: its name, and what Google's provider reads too. */
function placeMistakes(stack: string, config: StackConfiguration['config']): string[] {
  const { 'gcp:project': project, 'gcp:region': region } = config;
  const mistakes: string[] = [];
  if (!ENVIRONMENT.test(stack)) {
    mistakes.push(
      `the stack is called "${stack}", and the names of all resources are made of it: it is lower-case letters and digits, at most 15, beginning with a letter; pulumi stack init prod`,
    );
  }
  if (project === undefined) mistakes.push('gcp:project is not set; pulumi config set gcp:project my-project');
  else if (!PROJECT.test(project)) {
    mistakes.push(
      `gcp:project is "${project}": it is the id of a project, 6 to 30 lower-case letters, digits and "-"; pulumi config set gcp:project my-project`,
    );
  } else if (stack.length + project.length > ENVIRONMENT_AND_PROJECT) {
    mistakes.push(
      `the stack "${stack}" and gcp:project "${project}" have more than ${ENVIRONMENT_AND_PROJECT} characters together, too many for the functions' Postgres users; pulumi stack rename with a shorter name`,
    );
  }
  if (region === undefined) mistakes.push('gcp:region is not set; pulumi config set gcp:region us-central1');
  else if (!regions.includes(region)) {
    const meant = closest(region, regions) ?? 'us-central1';
    mistakes.push(
      `gcp:region is "${region}": it is no region of Cloud Run functions that infra/regions.ts knows; pulumi config set gcp:region ${meant}`,
    );
  }
  return mistakes;
}

function unknownSetting(name: string): string[] {
  if (settingNames.some((known) => known === name)) return [];
  const meant = closest(name, settingNames);
  const hint = meant === undefined ? `there are: ${settingNames.join(', ')}` : `did you mean ${meant}?`;
  return [`alir:${name} is no setting (${hint}); pulumi config rm ${name}`];
}

/** What no setting breaks by itself. */
function acrossMistakes({ network, subnetwork, databaseUrls }: Settings, { databases }: StackConfiguration): string[] {
  const lonely = network === undefined ? 'network' : 'subnetwork';
  const pair =
    (network === undefined) === (subnetwork === undefined)
      ? []
      : [
          `alir:${lonely} is not set: a network that is there already is named with its subnetwork; ${commandFor(lonely)}`,
        ];
  const strangers = Object.keys(databaseUrls)
    .filter((name) => !databases.includes(name))
    .map(
      (name) =>
        `alir:databaseUrls names "${name}", which no pipeline reads or writes; there are: ${databases.join(', ')}; pulumi config rm --path databaseUrls.${name}`,
    );
  return [...pair, ...strangers];
}
