import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { maxConnections } from '../pipelines/model/connections.ts';
import { instanceName, labels } from '../pipelines/model/names.ts';
import type { Profile } from '../pipelines/model/profiles.ts';
import type { FunctionPlan, Plan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';
import { urlVariable } from './variables.ts';
import type { Identities } from './identities.ts';
import { find } from './lookup.ts';
import type { Network } from './network.ts';

/** The most that the Enterprise edition keeps of the transaction log, which reaches back no further than the backups. */
const LOG_DAYS = 7;

interface Parts {
  readonly apis: Apis;
  readonly identities: Identities;
  readonly network: Network;
  readonly profile: Profile;
  /** Those of the plan that live here; the others are there already. */
  readonly databases: readonly string[];
}

/**
 * A Cloud SQL instance without a public address and without a password: each function logs in as its own service
 * account. https://cloud.google.com/sql/docs/postgres/iam-authentication
 */
export class PostgresServer extends pulumi.ComponentResource {
  readonly instance: gcp.sql.DatabaseInstance;
  private readonly databases: ReadonlyMap<string, gcp.sql.Database>;
  private readonly users: ReadonlyMap<
    string,
    { readonly name: pulumi.Output<string>; readonly login: pulumi.Resource }
  >;

  constructor(plan: Plan, parts: Parts) {
    super('alir:infra:PostgresServer', 'postgres');
    const { protect } = parts.profile;
    this.instance = new gcp.sql.DatabaseInstance('postgres', instanceArgs(plan, parts), {
      parent: this,
      dependsOn: [...parts.apis.need('sqladmin'), ...parts.network.peering],
      protect,
    });
    this.databases = new Map(
      parts.databases.map((name) => [
        name,
        // A database that leaves the plan keeps its data.
        new gcp.sql.Database(
          name,
          { instance: this.instance.name, name, deletionPolicy: 'ABANDON' },
          { parent: this, protect },
        ),
      ]),
    );
    this.users = new Map(
      plan.functions
        .filter((planned) => this.databasesOf(planned).length > 0)
        .map((planned) => [planned.name, this.createUser(plan, planned, parts)]),
    );
  }

  /** No secrets: who reads them still needs the function's account to log in. */
  variables(planned: FunctionPlan): Record<string, pulumi.Output<string>> {
    const databases = this.databasesOf(planned);
    if (databases.length === 0) return {};
    const { name: user } = find(this.users, planned.name);
    const host = this.instance.privateIpAddress;
    const urls = databases.map((database) => [
      urlVariable(database),
      pulumi.interpolate`postgres://${user.apply(encodeURIComponent)}@${host}:5432/${find(this.databases, database).name}`,
    ]);
    return {
      ...(Object.fromEntries(urls) as Record<string, pulumi.Output<string>>),
      ALIR_POSTGRES_IAM_HOST: host,
      ALIR_POSTGRES_CA: this.certificate(),
    };
  }

  grants(planned: FunctionPlan): pulumi.Resource[] {
    const user = this.users.get(planned.name);
    return user ? [user.login] : [];
  }

  /** Several while Cloud SQL rotates them, the one to come included. Public, though the provider hides it. */
  private certificate(): pulumi.Output<string> {
    return pulumi
      .unsecret(this.instance.serverCaCerts)
      .apply((certificates) => certificates.map(({ cert }) => cert.trim()).join('\n'));
  }

  private databasesOf({ access }: FunctionPlan): string[] {
    return access.databases.filter((name) => this.databases.has(name));
  }

  private createUser({ environment }: Plan, { name, entryPoint }: FunctionPlan, { apis, identities }: Parts) {
    const account = identities.function(name);
    const user = new gcp.sql.User(
      entryPoint,
      {
        instance: this.instance.name,
        name: account.email.apply((email) => email.replace(/\.gserviceaccount\.com$/, '')),
        type: 'CLOUD_IAM_SERVICE_ACCOUNT',
        // The functions share their tables, and the ledger's cursor asks how old the oldest open transaction is.
        databaseRoles: ['cloudsqlsuperuser'],
        // Postgres keeps a user who has ever been granted a role; without the account nobody can log in as them.
        deletionPolicy: 'ABANDON',
      },
      { parent: this },
    );
    const login = new gcp.projects.IAMMember(
      `${entryPoint}-logs-into-postgres`,
      {
        project: environment.projectId,
        // Enough for who connects straight to the address; `cloudsql.client` is for Google's connectors and proxy.
        role: 'roles/cloudsql.instanceUser',
        member: account.member,
        // There is no grant on an instance: https://cloud.google.com/sql/docs/postgres/iam-conditions
        condition: {
          title: instanceName(environment.name),
          description: 'Only the Postgres instance of its own environment.',
          expression: pulumi.interpolate`resource.name == "projects/${environment.projectId}/instances/${this.instance.name}" && resource.service == "sqladmin.googleapis.com"`,
        },
      },
      { parent: this, dependsOn: apis.need('cloudresourcemanager') },
    );
    return { name: user.name, login };
  }
}

function instanceArgs({ environment, functions }: Plan, { network, profile }: Parts): gcp.sql.DatabaseInstanceArgs {
  return {
    name: instanceName(environment.name),
    region: environment.region,
    databaseVersion: 'POSTGRES_18',
    deletionProtection: profile.protect,
    settings: {
      tier: profile.postgresTier,
      // From Postgres 16 on the default is Enterprise Plus, which has other tiers.
      edition: 'ENTERPRISE',
      availabilityType: profile.postgresAvailability,
      deletionProtectionEnabled: profile.protect,
      userLabels: { ...labels(environment.name) },
      ipConfiguration: { ipv4Enabled: false, privateNetwork: network.id, sslMode: 'ENCRYPTED_ONLY' },
      // The ledger knows where every table continues: losing it means reading everything again.
      backupConfiguration: {
        enabled: true,
        pointInTimeRecoveryEnabled: profile.postgresPointInTimeRecovery,
        ...(profile.postgresPointInTimeRecovery
          ? { transactionLogRetentionDays: Math.min(LOG_DAYS, profile.postgresBackups) }
          : {}),
        backupRetentionSettings: { retainedBackups: profile.postgresBackups },
      },
      databaseFlags: [
        { name: 'max_connections', value: String(maxConnections(functions)) },
        { name: 'cloudsql.iam_authentication', value: 'on' },
        { name: 'cloudsql.logical_decoding', value: 'on' },
      ],
    },
  };
}
