import { before, ofType, type Resource } from '../graph.ts';
import { finding, type Policy } from './policy.ts';

/** Which of Google's APIs a resource is made by, by the first part of its type; empty where none has to be enabled. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  artifactregistry: ['artifactregistry'],
  bigquery: ['bigquery'],
  cloudfunctionsv2: ['cloudfunctions', 'cloudbuild', 'run', 'artifactregistry'],
  cloudrunv2: ['run'],
  cloudscheduler: ['cloudscheduler'],
  compute: ['compute'],
  logging: ['logging'],
  monitoring: ['monitoring'],
  projects: ['cloudresourcemanager'],
  pubsub: ['pubsub'],
  secretmanager: ['secretmanager'],
  serviceaccount: ['iam'],
  servicenetworking: ['servicenetworking'],
  sql: ['sqladmin'],
  storage: ['storage'],
};

export const servicePolicies: readonly Policy[] = [
  {
    name: 'a resource comes after the API that it is made by',
    check: (graph) => {
      const services = new Map(ofType(graph, 'Service').map(({ urn, inputs }) => [urn, String(inputs['service'])]));
      return graph.resources.filter(isMade).flatMap((resource) => {
        const needed = servicesOf(resource);
        if (!needed) return [finding(resource, 'is of a kind whose API this policy does not know')];
        const enabled = new Set([...before(graph, resource)].map((urn) => services.get(urn)));
        const missing = needed.filter((service) => !enabled.has(service));
        return missing.map((service) => finding(resource, `does not wait for ${service}`));
      });
    },
  },
  {
    name: 'no API is disabled by us, for others of the project may use it',
    check: (graph) =>
      ofType(graph, 'Service')
        .filter(({ inputs }) => inputs['disableOnDestroy'] !== false)
        .map((resource) => finding(resource, 'is disabled with the stack')),
  },
];

/** An API that is enabled is no resource that is made by one. */
function isMade({ custom, type }: Resource): boolean {
  return custom && type !== 'projects/service:Service' && !type.startsWith('pulumi:');
}

function servicesOf({ type, inputs }: Resource): string[] | undefined {
  if (type === 'projects/serviceIdentity:ServiceIdentity') return [String(inputs['service'])];
  return NEEDS[type.split('/')[0] ?? '']?.map((name) => `${name}.googleapis.com`);
}
