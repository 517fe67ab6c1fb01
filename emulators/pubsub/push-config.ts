import type { z } from 'zod';
import { ApiError } from '../kit/errors.ts';
import { invalid } from './checks.ts';
import type { Json, PushConfig } from './model.ts';
import type { pushConfigShape } from './shapes.ts';

/**
 * Checks a push configuration; an empty endpoint makes the subscription a pulled one. Google asks for https, an
 * emulator's endpoints are on this machine: http is taken too.
 * @throws ApiError INVALID_ARGUMENT
 */
export function parsePushConfig(given: z.output<typeof pushConfigShape>): PushConfig {
  const { pushEndpoint, attributes, oidcToken, noWrapper } = given;
  if (pushEndpoint === '') return { pushEndpoint, attributes: {} };
  const protocol = URL.parse(pushEndpoint)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw invalid(`Invalid push endpoint given (endpoint=${pushEndpoint}).`);
  }
  if (oidcToken?.serviceAccountEmail === '') throw invalid('push_config.oidc_token needs a service_account_email.');
  if (noWrapper && given.pubsubWrapper) throw invalid('push_config has both pubsub_wrapper and no_wrapper.');
  for (const [key, value] of Object.entries(attributes)) {
    if (key !== 'x-goog-version') throw invalid(`Invalid push_config attribute "${key}".`);
    if (value !== 'v1') throw new ApiError('UNIMPLEMENTED', `the pubsub emulator pushes v1 only, not "${value}"`);
  }
  return { pushEndpoint, attributes, oidcToken, noWrapper };
}

export function renderPushConfig(config: PushConfig): Json {
  if (config.pushEndpoint === '') return {};
  return {
    pushEndpoint: config.pushEndpoint,
    ...(Object.keys(config.attributes).length > 0 && { attributes: config.attributes }),
    ...(config.oidcToken && { oidcToken: config.oidcToken }),
    ...(config.noWrapper && { noWrapper: config.noWrapper }),
  };
}
