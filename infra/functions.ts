import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { bucketName, sourceVariable } from '../pipelines/model/names.ts';
import type { FunctionPlan, Plan } from '../pipelines/model/plan.ts';
import { functionsArchive } from './archive.ts';
import type { Identities } from './identities.ts';
import type { Network } from './network.ts';
import type { DatabaseUrl } from './postgres.ts';
import { createBucket } from './storage.ts';

const RUNTIME = 'nodejs24';

interface FunctionsOptions {
  readonly root: string;
  readonly network: Network;
  readonly identities: Identities;
  /** By database. */
  readonly databaseUrls: ReadonlyMap<string, DatabaseUrl>;
}

/** One Cloud Run function for each of the plan, by `FunctionPlan.name`. Nobody may call them yet: see pubsub.ts. */
export function createFunctions(
  plan: Plan,
  options: FunctionsOptions,
): ReadonlyMap<string, gcp.cloudfunctionsv2.Function> {
  const { name, projectId, location } = plan.environment;
  const code = new gcp.storage.BucketObject('functions', {
    bucket: createBucket('code', bucketName(projectId, name, 'code'), location).name,
    name: 'functions.zip',
    source: functionsArchive(options.root),
  });
  return new Map(plan.functions.map((planned) => [planned.name, createFunction(plan, planned, code, options)]));
}

/** The URL that Cloud Run itself gives; inside the project it is reached where the cloudfunctions.net one may not be. */
export function serviceUrl(created: gcp.cloudfunctionsv2.Function): pulumi.Output<string> {
  return pulumi.all([created.name, created.serviceConfig]).apply(([name, service]) => {
    if (service?.uri) return service.uri;
    if (pulumi.runtime.isDryRun()) return 'https://not-deployed-yet.invalid';
    throw new Error(`Cloud Run gave ${name} no URL; look at its revision in the console, then run pulumi up again`);
  });
}

function createFunction(
  { environment, databases }: Plan,
  planned: FunctionPlan,
  code: gcp.storage.BucketObject,
  { network, identities, databaseUrls }: FunctionsOptions,
): gcp.cloudfunctionsv2.Function {
  return new gcp.cloudfunctionsv2.Function(
    planned.name,
    {
      name: planned.name,
      location: environment.region,
      buildConfig: {
        runtime: RUNTIME,
        entryPoint: planned.entryPoint,
        // The generation changes with the code, and makes a new revision of the function.
        source: { storageSource: { bucket: code.bucket, object: code.name, generation: code.generation } },
      },
      serviceConfig: {
        availableMemory: `${planned.memoryMiB}Mi`,
        timeoutSeconds: planned.timeoutSeconds,
        maxInstanceCount: planned.maxInstances,
        maxInstanceRequestConcurrency: 1,
        serviceAccountEmail: identities.functions.email,
        // Pub/Sub of the same project counts as inside: https://cloud.google.com/run/docs/securing/ingress
        ingressSettings: 'ALLOW_INTERNAL_ONLY',
        directVpcNetworkInterfaces: [{ network: network.network.name, subnetwork: network.subnetwork.name }],
        directVpcEgress: 'VPC_EGRESS_PRIVATE_RANGES_ONLY',
        environmentVariables: {
          GOOGLE_CLOUD_PROJECT: environment.projectId,
          ALIR_ENVIRONMENT: environment.name,
          ALIR_REGION: environment.region,
          ALIR_LOCATION: environment.location,
        },
        secretEnvironmentVariables: secretVariables(environment.projectId, databases, databaseUrls),
      },
    },
    { dependsOn: [...databaseUrls.values()].map(({ grant }) => grant) },
  );
}

/** The ledger's database is the plan's first; the others are sources. */
function secretVariables(
  projectId: string,
  [ledger]: Plan['databases'],
  databaseUrls: FunctionsOptions['databaseUrls'],
) {
  return [...databaseUrls].map(([database, { secretId, version }]) => ({
    key: database === ledger ? 'ALIR_LEDGER_URL' : sourceVariable(database),
    projectId,
    secret: secretId,
    version,
  }));
}
