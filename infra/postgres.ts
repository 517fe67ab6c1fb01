import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { instanceName, secretName } from '../pipelines/model/names.ts';
import type { Plan } from '../pipelines/model/plan.ts';
import type { Identities } from './identities.ts';
import type { Network } from './network.ts';

const USER = 'alir';
/** A function instance holds so many connections at most: to the ledger, and to one source. */
const CONNECTIONS_PER_INSTANCE = 5;
/** For people, and for what Cloud SQL keeps for itself. */
const CONNECTIONS_RESERVED = 20;

/** A secret that holds a postgres:// URL, and the right to read it. */
export interface DatabaseUrl {
  readonly secretId: pulumi.Output<string>;
  /** A number: a function takes a new password with its next deployment, and not at a moment of its own. */
  readonly version: pulumi.Output<string>;
  readonly grant: pulumi.Resource;
}

export interface Postgres {
  readonly instance: gcp.sql.DatabaseInstance;
  /** By database, in the plan's order. */
  readonly urls: ReadonlyMap<string, DatabaseUrl>;
}

interface PostgresOptions {
  readonly network: Network;
  readonly identities: Identities;
  readonly tier: string;
  readonly password: pulumi.Output<string>;
}

export function createPostgres(plan: Plan, options: PostgresOptions): Postgres {
  const instance = createInstance(plan, options);
  const user = new gcp.sql.User(USER, { instance: instance.name, name: USER, password: options.password });
  const urls = plan.databases.map((name) => {
    // A database that leaves the plan keeps its data.
    const database = new gcp.sql.Database(name, { instance: instance.name, name, deletionPolicy: 'ABANDON' });
    // Encrypted; the certificate is not checked, for each instance signs its own and the functions do not carry it.
    const url = pulumi.interpolate`postgres://${user.name}:${options.password.apply(encodeURIComponent)}@${instance.privateIpAddress}:5432/${database.name}?sslmode=no-verify`;
    return [name, createSecret(secretName(plan.environment.name, name), url, options.identities)] as const;
  });
  return { instance, urls: new Map(urls) };
}

function createInstance({ environment, functions }: Plan, { network, tier }: PostgresOptions) {
  const name = instanceName(environment.name);
  const functionInstances = functions.reduce((sum, planned) => sum + planned.maxInstances, 0);
  return new gcp.sql.DatabaseInstance(
    name,
    {
      name,
      region: environment.region,
      databaseVersion: 'POSTGRES_18',
      deletionProtection: true,
      settings: {
        tier,
        // From Postgres 16 on the default is Enterprise Plus, which has other tiers.
        edition: 'ENTERPRISE',
        ipConfiguration: { ipv4Enabled: false, privateNetwork: network.network.id, sslMode: 'ENCRYPTED_ONLY' },
        // The ledger knows where every table continues: losing it means reading everything again.
        backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true },
        databaseFlags: [
          {
            name: 'max_connections',
            value: String(functionInstances * CONNECTIONS_PER_INSTANCE + CONNECTIONS_RESERVED),
          },
        ],
      },
    },
    { dependsOn: [network.peering] },
  );
}

function createSecret(secretId: string, url: pulumi.Output<string>, { functions }: Identities): DatabaseUrl {
  const secret = new gcp.secretmanager.Secret(secretId, { secretId, replication: { auto: {} } });
  const version = new gcp.secretmanager.SecretVersion(secretId, { secret: secret.id, secretData: url });
  const grant = new gcp.secretmanager.SecretIamMember(`${secretId}-functions-read`, {
    secretId: secret.id,
    role: 'roles/secretmanager.secretAccessor',
    member: functions.member,
  });
  return { secretId: secret.secretId, version: version.version, grant };
}
