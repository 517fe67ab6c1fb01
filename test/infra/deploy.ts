import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { program, type ProgramOutputs } from '../../infra/program.ts';
import { type Environment, type Plan, plan } from '../../pipelines/model/plan.ts';
import { isMovePipeline, type MovePipeline } from '../../pipelines/model/pipeline.ts';
import { type Catalog, readCatalog } from '../../pipelines/model/read.ts';

export const root = join(import.meta.dirname, '../..');
/** Everything that means something in a URL. */
export const password = 'p@ss/w:rd?%#';
export const environment: Environment = {
  name: 'prod',
  projectId: 'a-project',
  region: 'europe-west1',
  location: 'EU',
};

export type Inputs = Record<string, unknown>;
export interface Resource {
  /** Pulumi's token without `gcp:`, e.g. `pubsub/topic:Topic`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
}

export interface Deployment {
  readonly plan: Plan;
  readonly outputs: ProgramOutputs;
  readonly resources: readonly Resource[];
  /** The inputs of every resource of a type, e.g. `Topic`, ordered by logical name. */
  readonly inputsOf: (type: string) => Inputs[];
}

/** Runs the program against Pulumi's mock engine, which answers as Google would where the program reads an answer. */
export async function deploy(catalog: Catalog = readCatalog()): Promise<Deployment> {
  const resources: Resource[] = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => {
        throw new Error(`the program asks Google for ${token}; it should know from the plan`);
      },
      newResource: ({ type, name, inputs }) => {
        const given = inputs as Inputs;
        resources.push({ type: type.replace(/^gcp:/, ''), name, inputs: given });
        return { id: idOf(type, name, given), state: { ...given, ...answerOf(type, given) } };
      },
    },
    'alir',
    environment.name,
  );
  const planned = plan(catalog, environment);
  const outputs = program(planned, {
    root,
    postgresTier: 'db-custom-2-7680',
    postgresPassword: pulumi.secret(password),
  });
  await pulumi.runtime.disconnect();
  return {
    plan: planned,
    outputs,
    resources,
    inputsOf: (type) =>
      resources
        .filter((resource) => resource.type.endsWith(`:${type}`))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ inputs }) => inputs),
  };
}

/** A catalog with one more pipeline, like the library's first table but clustered and into a dataset of its own. */
export function withShop(catalog: Catalog): Catalog {
  const moved = catalog.pipelines.find((pipeline): pipeline is MovePipeline => isMovePipeline(pipeline));
  const table = moved?.tables[0];
  if (!table) throw new Error('there is no pipeline to make another one of');
  const tables = [{ ...table, destination: 'thing', cluster: ['id'] }];
  const shop: MovePipeline = { ...moved, pipeline: 'shop', dataset: 'shop', tables };
  return { ...catalog, pipelines: [...catalog.pipelines, shop] };
}

const SECRET = '4dabf18193072939515e22adb298388d';

/** The value inside a Pulumi secret; a value that is none is a mistake. */
export function unwrapSecret(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && SECRET in value && 'value' in value) return value.value;
  throw new Error(`not a secret: ${JSON.stringify(value)}`);
}

/** What Pulumi's engine would show: inputs as JSON, secrets left out. */
export function visible(inputs: Inputs): string {
  return JSON.stringify(inputs, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && SECRET in value ? '[secret]' : value,
  );
}

function idOf(type: string, name: string, inputs: Inputs): string {
  const given = inputs['name'] as string;
  if (type === 'gcp:pubsub/topic:Topic') return `projects/${environment.projectId}/topics/${given}`;
  if (type === 'gcp:secretmanager/secret:Secret') return `projects/1/secrets/${inputs['secretId'] as string}`;
  return `${name}-id`;
}

/** What a resource has beyond its inputs. */
function answerOf(type: string, inputs: Inputs): Inputs {
  if (type === 'gcp:serviceaccount/account:Account') {
    const email = `${inputs['accountId'] as string}@${environment.projectId}.iam.gserviceaccount.com`;
    return {
      email,
      member: `serviceAccount:${email}`,
      name: `projects/${environment.projectId}/serviceAccounts/${email}`,
    };
  }
  if (type === 'gcp:projects/serviceIdentity:ServiceIdentity') {
    return { member: 'serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com' };
  }
  if (type === 'gcp:cloudfunctionsv2/function:Function') {
    const uri = `https://${inputs['name'] as string}-x.a.run.app`;
    return { serviceConfig: { ...(inputs['serviceConfig'] as Inputs), uri } };
  }
  if (type === 'gcp:sql/databaseInstance:DatabaseInstance') {
    return { privateIpAddress: '10.9.0.3', connectionName: `${environment.projectId}:${environment.region}:alir-prod` };
  }
  if (type === 'gcp:secretmanager/secretVersion:SecretVersion') return { version: '3' };
  return type === 'gcp:storage/bucketObject:BucketObject' ? { generation: 7 } : {};
}
