import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { labels, secretName } from '../pipelines/model/names.ts';
import type { FunctionPlan, Plan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';
import { urlVariable } from './variables.ts';
import type { Identities } from './identities.ts';

export type SecretVariable = gcp.types.input.cloudfunctionsv2.FunctionServiceConfigSecretEnvironmentVariable;

interface Parts {
  readonly apis: Apis;
  readonly identities: Identities;
  /** By database. */
  readonly urls: ReadonlyMap<string, pulumi.Output<string>>;
  readonly protect: boolean;
}

interface DatabaseSecret {
  readonly variable: SecretVariable;
  /** By `FunctionPlan.name`. */
  readonly grants: ReadonlyMap<string, pulumi.Resource>;
}

/** The URLs of databases that are there already, each readable by the functions that connect there and by nobody else. */
export class DatabaseSecrets extends pulumi.ComponentResource {
  private readonly byDatabase: ReadonlyMap<string, DatabaseSecret>;

  constructor(plan: Plan, parts: Parts) {
    super('alir:infra:DatabaseSecrets', 'database-secrets');
    this.byDatabase = new Map(
      [...parts.urls].map(([database, url]) => [database, this.create(plan, database, url, parts)]),
    );
  }

  variables({ access }: FunctionPlan): SecretVariable[] {
    return access.databases.flatMap((database) => this.byDatabase.get(database)?.variable ?? []);
  }

  grants({ name, access }: FunctionPlan): pulumi.Resource[] {
    return access.databases.flatMap((database) => this.byDatabase.get(database)?.grants.get(name) ?? []);
  }

  private create(
    { environment, functions }: Plan,
    database: string,
    url: pulumi.Output<string>,
    { apis, identities, protect }: Parts,
  ): DatabaseSecret {
    const secret = new gcp.secretmanager.Secret(
      `postgres-${database}`,
      {
        secretId: secretName(environment.name, database),
        replication: { auto: {} },
        labels: { ...labels(environment.name) },
      },
      { parent: this, dependsOn: apis.need('secretmanager'), protect },
    );
    const version = new gcp.secretmanager.SecretVersion(
      `postgres-${database}`,
      { secret: secret.id, secretData: pulumi.secret(url) },
      { parent: this },
    );
    const readers = functions.filter(({ access }) => access.databases.includes(database));
    const grants = readers.map(({ name, entryPoint }) => {
      const grant = new gcp.secretmanager.SecretIamMember(
        `${entryPoint}-reads-postgres-${database}`,
        {
          secretId: secret.id,
          role: 'roles/secretmanager.secretAccessor',
          member: identities.function(name).member,
        },
        { parent: this },
      );
      return [name, grant] as const;
    });
    return {
      variable: {
        key: urlVariable(database),
        projectId: environment.projectId,
        secret: secret.secretId,
        // A number: a function takes a new URL with its next deployment, and not at a moment of its own.
        version: version.version,
      },
      grants: new Map(grants),
    };
  }
}
