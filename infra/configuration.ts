import * as pulumi from '@pulumi/pulumi';
import type { Environment } from '../pipelines/model/plan.ts';
import type { ProgramOptions } from './program.ts';

/** Names of service accounts have 30 characters at most, see `serviceAccountName()`. */
const ENVIRONMENT = /^[a-z](?:[a-z0-9-]{0,13}[a-z0-9])?$/;

export type Configuration = Pick<ProgramOptions, 'postgresTier' | 'postgresPassword'> & {
  readonly environment: Environment;
};

/**
 * Reads the stack's configuration; its name is the environment's. Defaults are in Pulumi.yaml.
 * @throws Error when the stack's name is no name for an environment
 * @throws pulumi.RunError naming a setting that is missing
 */
export function readConfiguration(): Configuration {
  const name = pulumi.getStack();
  if (!ENVIRONMENT.test(name)) {
    throw new Error(
      `"${name}" is no name for an environment: it is lower-case letters, digits and "-", at most 15 of them, for the names of all resources are made of it; create a stack with another name`,
    );
  }
  const gcp = new pulumi.Config('gcp');
  const alir = new pulumi.Config('alir');
  return {
    environment: {
      name,
      projectId: gcp.require('project'),
      region: gcp.require('region'),
      location: alir.require('location'),
    },
    postgresTier: alir.require('postgresTier'),
    postgresPassword: alir.requireSecret('postgresPassword'),
  };
}
