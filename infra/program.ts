import type * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { Profile } from '../pipelines/model/profiles.ts';
import type { Plan } from '../pipelines/model/resources.ts';
import { Apis } from './apis.ts';
import type { Packages } from './archives.ts';
import { Warehouse } from './bigquery.ts';
import { Build } from './build.ts';
import { Databases } from './databases.ts';
import { Functions } from './functions.ts';
import { Identities } from './identities.ts';
import { existingNetwork, type ExistingNetwork, type Network, OwnNetwork } from './network.ts';
import { PostgresServer } from './postgres.ts';
import { Schedules } from './scheduler.ts';
import { DatabaseSecrets } from './secrets.ts';
import { Buckets } from './storage.ts';
import { Subscriptions } from './subscriptions.ts';
import { Topics } from './topics.ts';
import { createWatching, dashboardUrl, type WatchingOptions } from './watching/watching.ts';

export interface ProgramOptions {
  /** What the functions are built from. */
  readonly packages: Packages;
  readonly profile: Profile;
  /** Databases that are there already, by name; Pulumi secrets. */
  readonly databaseUrls: ReadonlyMap<string, pulumi.Output<string>>;
  /** Instead of a network of the environment's own. */
  readonly network?: ExistingNetwork;
  /** After so long a message is not tried any more; the functions' own default when it is left out. */
  readonly maxMessageAgeSeconds?: number;
  /** Who hears of what went wrong. */
  readonly channels: WatchingOptions['channels'];
}

export interface ProgramOutputs {
  /** By `FunctionPlan.name`. */
  readonly functionUrls: Readonly<Record<string, pulumi.Output<string>>>;
  /** E-mail addresses, by function and by the two others who act. */
  readonly serviceAccounts: Readonly<Record<string, pulumi.Output<string>>>;
  /** `gs://…`, by purpose. */
  readonly buckets: Readonly<Record<string, pulumi.Output<string>>>;
  readonly dashboardUrl: pulumi.Output<string>;
  /** `project:region:instance`, as Cloud SQL's own tools name it; none when every database is there already. */
  readonly postgresInstance: pulumi.Output<string> | undefined;
}

/** Registers every resource of a plan with Pulumi's engine. Reads nothing but its arguments. */
export function program(plan: Plan, options: ProgramOptions): ProgramOutputs {
  const { profile, packages, maxMessageAgeSeconds } = options;
  const { protect } = profile;
  const apis = new Apis(plan);
  const identities = new Identities(plan, apis);
  const topics = new Topics(plan, { apis, identities });
  const buckets = new Buckets(plan, { apis, identities, protect });
  const warehouse = new Warehouse(plan, { apis, identities, protect });
  const { server, secrets, network } = createDatabases(plan, options, { apis, identities });
  const build = new Build(plan, { apis, identities, packages });
  const databases = new Databases(server, secrets);
  const functions = new Functions(plan, { apis, identities, build, databases, network, maxMessageAgeSeconds });
  const subscriptions = new Subscriptions(plan, { identities, topics, functions, warehouse });
  const [dashboard] = createWatching(plan, {
    channels: options.channels,
    dependsOn: apis.need('logging', 'monitoring'),
    postgres: server !== undefined,
  });
  // A schedule sets everything else in motion, and a message to a topic without subscriptions is gone.
  new Schedules(plan, { apis, topics, dependsOn: [topics, buckets, warehouse, functions, subscriptions] });

  const email = (account: gcp.serviceaccount.Account): pulumi.Output<string> => account.email;
  return {
    functionUrls: byKey(plan.functions, ({ name }) => [name, functions.url(name)]),
    serviceAccounts: {
      ...byKey(plan.functions, ({ name, entryPoint }) => [entryPoint, email(identities.function(name))]),
      pusher: email(identities.pusher),
      builder: email(identities.builder),
    },
    buckets: byKey([...buckets.byPurpose], ([purpose, bucket]) => [purpose, bucket.url]),
    dashboardUrl: dashboardUrl(dashboard),
    postgresInstance: server?.instance.connectionName,
  };
}

/** The databases that are not there already, in an instance of our own; no instance when there are none. */
function createDatabases(
  plan: Plan,
  { profile, databaseUrls, network: existing }: ProgramOptions,
  parts: { readonly apis: Apis; readonly identities: Identities },
): { server: PostgresServer | undefined; secrets: DatabaseSecrets; network: Network | undefined } {
  const own = plan.databases.filter((name) => !databaseUrls.has(name));
  const secrets = new DatabaseSecrets(plan, { ...parts, urls: databaseUrls, protect: profile.protect });
  const given = existing && existingNetwork(plan, existing);
  if (own.length === 0) return { server: undefined, secrets, network: given };
  const network = given ?? new OwnNetwork(plan, parts.apis);
  return { server: new PostgresServer(plan, { ...parts, network, profile, databases: own }), secrets, network };
}

function byKey<T, V>(items: readonly T[], entry: (item: T) => readonly [string, V]): Record<string, V> {
  return Object.fromEntries(items.map(entry));
}
