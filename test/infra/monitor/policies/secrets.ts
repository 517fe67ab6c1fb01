import { isSecret, type Inputs } from '../wire.ts';
import { type Deployed, finding, type Finding, type Policy, stringsIn } from './policy.ts';

/** Inputs that Google keeps from everybody's eyes, and Pulumi must too. */
const SENSITIVE = /^(?:secretData|password|rootPassword|authToken|serviceKey)$/;

export const secretPolicies: readonly Policy[] = [
  {
    name: 'no secret can be read in the state, in the outputs or in what is deployed',
    check: (deployed) => {
      const spellings = deployed.secrets.flatMap(spellingsOf);
      const holds = (text: string | Buffer): boolean => spellings.some((spelling) => text.includes(spelling));
      return [...inState(deployed, holds), ...inAssets(deployed, holds)];
    },
  },
  {
    name: 'what is secret by its nature is marked as a secret',
    check: ({ resources }) =>
      resources.flatMap((resource) =>
        leavesOf(resource.inputs)
          .filter(({ path }) => SENSITIVE.test(path.split('.').at(-1) ?? ''))
          .map(({ path }) => finding(resource, `${path} can be read in the state`)),
      ),
  },
];

/** As they stand, and as they may stand in a URL, in JSON, or in base64. */
function spellingsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64])];
}

function inState({ resources, outputs }: Deployed, holds: (text: string) => boolean): Finding[] {
  const inInputs = resources.flatMap((resource) =>
    leavesOf({ name: resource.name, ...resource.inputs })
      .filter(({ text }) => holds(text))
      .map(({ path }) => finding(resource, `${path} holds a secret`)),
  );
  const inOutputs = leavesOf(outputs).filter(({ text }) => holds(text));
  return [...inInputs, ...inOutputs.map(({ path }) => ({ subject: `output ${path}`, problem: 'holds a secret' }))];
}

function inAssets({ assets }: Deployed, holds: (text: Buffer) => boolean): Finding[] {
  return [...assets].flatMap(([path, { files }]) =>
    [...files]
      .filter(([, bytes]) => holds(bytes))
      .map(([file]) => ({ subject: `file ${file} of ${path.split('/').at(-1) ?? ''}`, problem: 'holds a secret' })),
  );
}

/** Every string that is in no secret. */
function leavesOf(inputs: Inputs): ReturnType<typeof stringsIn> {
  const plain = (value: unknown): unknown => {
    if (isSecret(value)) return undefined;
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  };
  return stringsIn(plain(inputs));
}
