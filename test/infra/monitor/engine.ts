import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Call, Callback } from './service.ts';

/** The least of Pulumi's engine that a program talks to. @param told receives the errors that it reports */
export function engineService(told: string[]): UntypedServiceImplementation {
  let rootUrn = '';
  return {
    log: ({ request }: Call<engine.LogRequest>, callback: Callback<empty.Empty>) => {
      if (request.getSeverity() === engine.LogSeverity.ERROR) told.push(request.getMessage());
      callback(null, new empty.Empty());
    },
    getRootResource: (_call: unknown, callback: Callback<engine.GetRootResourceResponse>) => {
      callback(null, new engine.GetRootResourceResponse().setUrn(rootUrn));
    },
    setRootResource: (
      { request }: Call<engine.SetRootResourceRequest>,
      callback: Callback<engine.SetRootResourceResponse>,
    ) => {
      rootUrn = request.getUrn();
      callback(null, new engine.SetRootResourceResponse());
    },
  };
}
