import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { instanceName } from '../pipelines/model/names.ts';
import type { Plan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';

/**
 * The functions' addresses, 1,024 of them: Cloud Run takes two for each instance, and gives them back after a while.
 * https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
 */
const FUNCTIONS_RANGE = '10.8.0.0/22';
/** Cloud SQL takes a /24 for each region. */
const SERVICES_PREFIX_LENGTH = 20;

/** Where the functions meet a Postgres that has no public address. */
export interface Network {
  /** Name, or `projects/…/global/networks/…`. */
  readonly network: pulumi.Input<string>;
  readonly subnetwork: pulumi.Input<string>;
  /** `projects/…/global/networks/…` */
  readonly id: pulumi.Input<string>;
  /** The way from the network to Cloud SQL. */
  readonly peering: readonly pulumi.Resource[];
}

/** A network that is there already, by names or by resource names, which may be another project's. */
export interface ExistingNetwork {
  readonly network: string;
  readonly subnetwork: string;
}

/** Cloud SQL gets there by the private services access that its owner has set up: see README.md. */
export function existingNetwork({ environment }: Plan, { network, subnetwork }: ExistingNetwork): Network {
  const resourceName = (given: string, among: string): string => {
    const path = given.replace(/^https:\/\/(?:www|compute)\.googleapis\.com\/compute\/v1\//, '');
    return path.includes('/') ? path : `projects/${environment.projectId}/${among}/${path}`;
  };
  const id = resourceName(network, 'global/networks');
  return {
    network: id,
    subnetwork: resourceName(subnetwork, `regions/${environment.region}/subnetworks`),
    id,
    peering: [],
  };
}

/** A network of the environment's own. */
export class OwnNetwork extends pulumi.ComponentResource implements Network {
  readonly network: pulumi.Output<string>;
  readonly subnetwork: pulumi.Output<string>;
  readonly id: pulumi.Output<string>;
  readonly peering: readonly pulumi.Resource[];

  constructor({ environment: { name: environment, region } }: Plan, apis: Apis) {
    super('alir:infra:OwnNetwork', 'network');
    const name = instanceName(environment);
    const options = { parent: this, dependsOn: apis.need('compute') };
    const network = new gcp.compute.Network('network', { name, autoCreateSubnetworks: false }, options);
    const subnetwork = new gcp.compute.Subnetwork(
      'functions',
      { name, region, network: network.id, ipCidrRange: FUNCTIONS_RANGE },
      { parent: this },
    );
    const range = new gcp.compute.GlobalAddress(
      'services',
      {
        name,
        network: network.id,
        purpose: 'VPC_PEERING',
        addressType: 'INTERNAL',
        prefixLength: SERVICES_PREFIX_LENGTH,
      },
      { parent: this },
    );
    const peering = new gcp.servicenetworking.Connection(
      'services',
      { network: network.id, service: 'servicenetworking.googleapis.com', reservedPeeringRanges: [range.name] },
      { parent: this, dependsOn: apis.need('servicenetworking') },
    );
    this.network = network.name;
    this.subnetwork = subnetwork.name;
    this.id = network.id;
    this.peering = [peering];
  }
}
