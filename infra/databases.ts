import type * as pulumi from '@pulumi/pulumi';
import type { FunctionPlan } from '../pipelines/model/resources.ts';
import type { PostgresServer } from './postgres.ts';
import type { DatabaseSecrets, SecretVariable } from './secrets.ts';

/** How functions reach the databases that they may: the environment's own by IAM, all others by a URL that is a secret. */
export class Databases {
  private readonly server: PostgresServer | undefined;
  private readonly secrets: DatabaseSecrets;

  constructor(server: PostgresServer | undefined, secrets: DatabaseSecrets) {
    this.server = server;
    this.secrets = secrets;
  }

  variables(planned: FunctionPlan): Record<string, pulumi.Output<string>> {
    return this.server?.variables(planned) ?? {};
  }

  secretVariables(planned: FunctionPlan): SecretVariable[] {
    return this.secrets.variables(planned);
  }

  /** What must be granted before a function starts. */
  grants(planned: FunctionPlan): pulumi.Resource[] {
    return [...(this.server?.grants(planned) ?? []), ...this.secrets.grants(planned)];
  }
}
