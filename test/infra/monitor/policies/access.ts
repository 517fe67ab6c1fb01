import type { Resource } from '../graph.ts';
import { finding, each, type Policy, stringsIn } from './policy.ts';

const PUBLIC = /^(?:allUsers|allAuthenticatedUsers)$/;
/** https://cloud.google.com/iam/docs/roles-overview#basic */
const BASIC = /^roles\/(?:owner|editor|viewer)$/;

/**
 * Roles on the whole project, each for want of a narrower place to grant it; where a condition can narrow it, it must.
 * https://cloud.google.com/iam/docs/conditions-overview#resources
 */
const PROJECT_ROLES: Readonly<Record<string, { readonly why: string; readonly condition?: RegExp }>> = {
  'roles/bigquery.jobUser': { why: 'A job belongs to a project, and to nothing smaller.' },
  'roles/logging.logWriter': { why: 'Logs belong to a project, and to nothing smaller.' },
  'roles/cloudsql.client': {
    why: 'An instance has no policy of its own.',
    condition: /resource\.name == ['"]projects\/[^/]+\/instances\/[^/'"]+['"]/,
  },
  'roles/cloudsql.instanceUser': {
    why: 'An instance has no policy of its own.',
    condition: /resource\.name == ['"]projects\/[^/]+\/instances\/[^/'"]+['"]/,
  },
  'roles/storage.objectViewer': {
    why: "Cloud Build reads the sources from a bucket that Google makes, after Pulumi is done and under a name of Google's.",
    condition: /resource\.name\.startsWith\(['"]projects\/_\/buckets\/gcf-v2-sources-/,
  },
};

export const accessPolicies: readonly Policy[] = [
  {
    name: 'nothing is open to everybody',
    check: ({ resources }) => resources.flatMap((resource) => findStrings(resource, PUBLIC)),
  },
  {
    name: 'nobody has a basic role',
    check: ({ resources }) => resources.flatMap((resource) => findStrings(resource, BASIC)),
  },
  {
    name: 'a grant adds to those of others and replaces none',
    check: ({ resources }) =>
      resources.flatMap((resource) => {
        if (/i?am(?:binding|policy)$|:datasetAccess$|auditconfig$/i.test(resource.type)) {
          return [finding(resource, 'takes away what others have granted; use a member')];
        }
        const { accesses } = resource.inputs;
        return accesses === undefined ? [] : [finding(resource, 'accesses replace all that others have granted')];
      }),
  },
  {
    name: 'a role is granted where it is needed, and on the project only for want of a narrower place',
    check: ({ resources }) =>
      resources
        .filter(({ type }) => /^(?:projects|folder|organizations)\/.*member:/i.test(type))
        .flatMap((resource) => {
          const problem = widerThanNeeded(resource);
          return problem === undefined ? [] : [finding(resource, problem)];
        }),
  },
  each('a function is called from inside, by those who are named', ['Function'], ({ inputs }) => {
    const { ingressSettings } = (inputs['serviceConfig'] ?? {}) as { ingressSettings?: string };
    return ingressSettings === 'ALLOW_INTERNAL_ONLY' ? undefined : `ingress is ${ingressSettings ?? 'ALLOW_ALL'}`;
  }),
];

function findStrings(resource: Resource, pattern: RegExp) {
  return stringsIn(resource.inputs)
    .filter(({ text }) => pattern.test(text))
    .map(({ path, text }) => finding(resource, `${path} is ${text}`));
}

function widerThanNeeded({ type, inputs }: Resource): string | undefined {
  const role = String(inputs['role']);
  const allowed = PROJECT_ROLES[role];
  if (!type.startsWith('projects/')) return `${role} on more than the project`;
  if (!allowed) return `${role} on the whole project`;
  const { expression = '' } = (inputs['condition'] ?? {}) as { expression?: string };
  if (allowed.condition?.test(expression) === false) {
    return `${role} on the whole project, without a condition that says where: "${expression}"`;
  }
  return undefined;
}
