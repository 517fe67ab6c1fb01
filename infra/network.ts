import * as gcp from '@pulumi/gcp';
import { instanceName } from '../pipelines/model/names.ts';
import type { Plan } from '../pipelines/model/plan.ts';

/** The functions' addresses; Cloud Run takes two for each instance: https://cloud.google.com/run/docs/configuring/vpc-direct-vpc */
const FUNCTIONS_RANGE = '10.8.0.0/24';
/** Cloud SQL takes a /24 for each region. */
const SERVICES_PREFIX_LENGTH = 20;

export interface Network {
  readonly network: gcp.compute.Network;
  readonly subnetwork: gcp.compute.Subnetwork;
  /** The way from the network to Cloud SQL. */
  readonly peering: gcp.servicenetworking.Connection;
}

/** A network of the environment's own, in which the functions meet a Postgres that has no public address. */
export function createNetwork({ environment: { name: environment, region } }: Plan): Network {
  const name = instanceName(environment);
  const network = new gcp.compute.Network('network', { name, autoCreateSubnetworks: false });
  const subnetwork = new gcp.compute.Subnetwork('functions', {
    name,
    region,
    network: network.id,
    ipCidrRange: FUNCTIONS_RANGE,
  });
  const range = new gcp.compute.GlobalAddress('services', {
    name,
    network: network.id,
    purpose: 'VPC_PEERING',
    addressType: 'INTERNAL',
    prefixLength: SERVICES_PREFIX_LENGTH,
  });
  const peering = new gcp.servicenetworking.Connection('services', {
    network: network.id,
    service: 'servicenetworking.googleapis.com',
    reservedPeeringRanges: [range.name],
  });
  return { network, subnetwork, peering };
}
