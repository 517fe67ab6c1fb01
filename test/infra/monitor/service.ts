import type { ServiceDefinition, status } from '@grpc/grpc-js';

/** One unary call, as much of it as the monitor reads. */
export interface Call<T> {
  readonly request: T;
}
export type Callback<T> = (error: { code: status; details: string } | null, answer?: T) => void;

/** Pulumi carries its own copy of grpc's types, which TypeScript takes for others. */
export function definition(service: unknown): ServiceDefinition {
  return service as ServiceDefinition;
}
