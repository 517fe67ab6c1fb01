import type { Resource } from './graph.ts';
import type { State } from './monitor.ts';
import type { Inputs } from './wire.ts';

/** Where the program deploys to. */
export interface Place {
  readonly project: string;
  readonly region: string;
  /** As Google numbers it; the agents of its services are named by it. */
  readonly projectNumber: string;
}

export const certificate = '-----BEGIN CERTIFICATE-----\nY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n';
export const privateIpAddress = '10.9.0.3';

/** What nobody but Google knows of a resource, as its provider documents it: https://www.pulumi.com/registry/packages/gcp/ */
type Answer = (inputs: Strings, place: Place, all: Inputs) => { readonly id?: string; readonly outputs?: Inputs };
type Strings = Readonly<Record<string, string>>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  'artifactregistry/repository:Repository': ({ repositoryId, location }, { project }) => {
    const id = `projects/${project}/locations/${location ?? ''}/repositories/${repositoryId ?? ''}`;
    return {
      id,
      outputs: {
        name: repositoryId ?? '',
        registryUri: `${location ?? ''}-docker.pkg.dev/${project}/${repositoryId ?? ''}`,
      },
    };
  },
  'bigquery/dataset:Dataset': ({ datasetId }, { project }) => ({
    id: `projects/${project}/datasets/${datasetId ?? ''}`,
  }),
  'bigquery/table:Table': ({ datasetId, tableId }, { project }) => ({
    id: `projects/${project}/datasets/${datasetId ?? ''}/tables/${tableId ?? ''}`,
  }),
  'cloudfunctionsv2/function:Function': ({ name, location }, { project }, { serviceConfig }) => ({
    id: `projects/${project}/locations/${location ?? ''}/functions/${name ?? ''}`,
    outputs: {
      serviceConfig: {
        ...(serviceConfig as Inputs),
        service: `projects/${project}/locations/${location ?? ''}/services/${name ?? ''}`,
        uri: functionUrl(name ?? ''),
      },
    },
  }),
  'compute/network:Network': ({ name }, { project }) => ({
    id: `projects/${project}/global/networks/${name ?? ''}`,
    outputs: { selfLink: `https://www.googleapis.com/compute/v1/projects/${project}/global/networks/${name ?? ''}` },
  }),
  'compute/subnetwork:Subnetwork': ({ name, region }, { project }) => ({
    id: `projects/${project}/regions/${region ?? ''}/subnetworks/${name ?? ''}`,
    outputs: {
      selfLink: `https://www.googleapis.com/compute/v1/projects/${project}/regions/${region ?? ''}/subnetworks/${name ?? ''}`,
    },
  }),
  'monitoring/alertPolicy:AlertPolicy': ({ displayName }, { project }) =>
    named(`projects/${project}/alertPolicies/${hash(displayName)}`),
  'monitoring/dashboard:Dashboard': (_, { projectNumber }) => ({ id: `projects/${projectNumber}/dashboards/0c0ffee0` }),
  'monitoring/notificationChannel:NotificationChannel': ({ displayName }, { project }) =>
    named(`projects/${project}/notificationChannels/${hash(displayName)}`),
  'projects/serviceIdentity:ServiceIdentity': ({ service }, { project, projectNumber }) => {
    const email = `service-${projectNumber}@gcp-sa-${service?.split('.')[0] ?? ''}.iam.gserviceaccount.com`;
    return {
      id: `projects/${project}/services/${service ?? ''}`,
      outputs: { email, member: `serviceAccount:${email}` },
    };
  },
  'pubsub/schema:Schema': ({ name }, { project }) => ({ id: `projects/${project}/schemas/${name ?? ''}` }),
  'pubsub/subscription:Subscription': ({ name }, { project }) => ({
    id: `projects/${project}/subscriptions/${name ?? ''}`,
  }),
  'pubsub/topic:Topic': ({ name }, { project }) => ({ id: `projects/${project}/topics/${name ?? ''}` }),
  'secretmanager/secret:Secret': ({ secretId }, { project, projectNumber }) => ({
    id: `projects/${project}/secrets/${secretId ?? ''}`,
    outputs: { name: `projects/${projectNumber}/secrets/${secretId ?? ''}` },
  }),
  'secretmanager/secretVersion:SecretVersion': ({ secret }) => ({
    id: `${secret ?? ''}/versions/3`,
    outputs: { name: `${secret ?? ''}/versions/3`, version: '3' },
  }),
  'serviceaccount/account:Account': ({ accountId }, { project }) => {
    const email = `${accountId ?? ''}@${project}.iam.gserviceaccount.com`;
    const name = `projects/${project}/serviceAccounts/${email}`;
    return { id: name, outputs: { email, name, member: `serviceAccount:${email}` } };
  },
  'sql/databaseInstance:DatabaseInstance': ({ name, region }, { project }) => ({
    id: name ?? '',
    outputs: {
      connectionName: `${project}:${region ?? ''}:${name ?? ''}`,
      firstIpAddress: privateIpAddress,
      privateIpAddress,
      selfLink: `https://sqladmin.googleapis.com/sql/v1beta4/projects/${project}/instances/${name ?? ''}`,
      serverCaCerts: [{ cert: certificate, commonName: 'C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA' }],
    },
  }),
  'storage/bucket:Bucket': ({ name }) => ({ id: name ?? '', outputs: { url: `gs://${name ?? ''}` } }),
  'storage/bucketObject:BucketObject': ({ bucket, name }) => ({
    id: `${bucket ?? ''}-${name ?? ''}`,
    outputs: { generation: 7, outputName: name ?? '' },
  }),
};

/** What Google would answer to a registration, in the project that the stack is configured for. */
export function answerAsGoogle(place: Place): (resource: Resource) => State {
  return ({ type, name, inputs }) => {
    const { id = `${name}-id`, outputs = {} } = ANSWERS[type]?.(strings(inputs), place, inputs) ?? {};
    return { id, outputs };
  };
}

/** Where Cloud Run would serve a function. */
export function functionUrl(name: string): string {
  return `https://${name}-x.a.run.app`;
}

function named(name: string) {
  return { id: name, outputs: { name } };
}

/** A number as Google makes them up, the same for the same text. */
function hash(text = ''): string {
  return String(Array.from(text).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 1e9, 7));
}

function strings(inputs: Inputs): Record<string, string> {
  const isString = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  return Object.fromEntries(Object.entries(inputs).filter(isString));
}
