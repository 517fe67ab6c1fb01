import { accessPolicies } from './access.ts';
import { deliveryPolicies } from './delivery.ts';
import type { Policy } from './policy.ts';
import { safetyPolicies } from './safety.ts';
import { secretPolicies } from './secrets.ts';
import { servicePolicies } from './services.ts';

/** Every rule that a deployment is held to. */
export const policies: readonly Policy[] = [
  ...accessPolicies,
  ...deliveryPolicies,
  ...safetyPolicies,
  ...secretPolicies,
  ...servicePolicies,
];
