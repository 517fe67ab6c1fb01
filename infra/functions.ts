import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { labels } from '../pipelines/model/names.ts';
import type { FunctionPlan, Plan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';
import type { Build } from './build.ts';
import type { Databases } from './databases.ts';
import type { Identities } from './identities.ts';
import { find } from './lookup.ts';
import type { Network } from './network.ts';

const RUNTIME = 'nodejs24';

interface Parts {
  readonly apis: Apis;
  readonly identities: Identities;
  readonly build: Build;
  readonly databases: Databases;
  /** None when every database is reached by a public address. */
  readonly network: Network | undefined;
  readonly maxMessageAgeSeconds: number | undefined;
}

/** One Cloud Run function for each of the plan. Nobody may call them yet: see subscriptions.ts. */
export class Functions extends pulumi.ComponentResource {
  private readonly byName: ReadonlyMap<string, gcp.cloudfunctionsv2.Function>;

  constructor(plan: Plan, parts: Parts) {
    super('alir:infra:Functions', 'functions');
    const apis = parts.apis.need('cloudfunctions', 'run', 'cloudbuild', 'artifactregistry');
    this.byName = new Map(
      plan.functions.map((planned) => [
        planned.name,
        new gcp.cloudfunctionsv2.Function(
          planned.entryPoint,
          {
            name: planned.name,
            location: plan.environment.region,
            labels: { ...labels(plan.environment.name) },
            buildConfig: buildConfig(planned, parts.build),
            serviceConfig: serviceConfig(plan, planned, parts),
          },
          { parent: this, dependsOn: [...apis, ...parts.build.grants, ...parts.databases.grants(planned)] },
        ),
      ]),
    );
  }

  /** @param name `FunctionPlan.name` */
  get(name: string): gcp.cloudfunctionsv2.Function {
    return find(this.byName, name);
  }

  /** The URL that Cloud Run itself gives; inside the project it is reached where the cloudfunctions.net one may not be. */
  url(name: string): pulumi.Output<string> {
    return this.get(name).serviceConfig.apply((service) => {
      if (service?.uri) return service.uri;
      if (pulumi.runtime.isDryRun()) return 'https://not-deployed-yet.invalid';
      throw new Error(`Cloud Run gave ${name} no URL; look at its revision in the console, then run pulumi up again`);
    });
  }
}

function buildConfig({ entryPoint }: FunctionPlan, build: Build): gcp.types.input.cloudfunctionsv2.FunctionBuildConfig {
  const code = build.object(entryPoint);
  return {
    runtime: RUNTIME,
    entryPoint,
    source: { storageSource: { bucket: code.bucket, object: code.name } },
    dockerRepository: build.repository,
    serviceAccount: build.account,
  };
}

function serviceConfig(
  { environment }: Plan,
  planned: FunctionPlan,
  { identities, databases, network, maxMessageAgeSeconds }: Parts,
): gcp.types.input.cloudfunctionsv2.FunctionServiceConfig {
  return {
    availableMemory: `${planned.memoryMiB}Mi`,
    timeoutSeconds: planned.timeoutSeconds,
    minInstanceCount: 0,
    maxInstanceCount: planned.maxInstances,
    maxInstanceRequestConcurrency: 1,
    serviceAccountEmail: identities.function(planned.name).email,
    // Pub/Sub of the same project counts as inside: https://cloud.google.com/run/docs/securing/ingress
    ingressSettings: 'ALLOW_INTERNAL_ONLY',
    ...(network
      ? {
          directVpcNetworkInterfaces: [{ network: network.network, subnetwork: network.subnetwork }],
          directVpcEgress: 'VPC_EGRESS_PRIVATE_RANGES_ONLY',
        }
      : {}),
    environmentVariables: {
      GOOGLE_CLOUD_PROJECT: environment.projectId,
      ALIR_ENVIRONMENT: environment.name,
      ALIR_REGION: environment.region,
      ALIR_LOCATION: environment.location,
      ALIR_DATASET_PREFIX: environment.datasetPrefix,
      ...(maxMessageAgeSeconds === undefined ? {} : { ALIR_MAX_MESSAGE_AGE: String(maxMessageAgeSeconds) }),
      ...databases.variables(planned),
    },
    secretEnvironmentVariables: databases.secretVariables(planned),
  };
}
