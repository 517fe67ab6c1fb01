import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import type { Plan } from '../pipelines/model/resources.ts';

/** Google's services by the first part of their address, `<name>.googleapis.com`. */
export type Api =
  | 'artifactregistry'
  | 'bigquery'
  | 'cloudbuild'
  | 'cloudfunctions'
  | 'cloudresourcemanager'
  | 'cloudscheduler'
  | 'compute'
  | 'iam'
  | 'logging'
  | 'monitoring'
  | 'pubsub'
  | 'run'
  | 'secretmanager'
  | 'servicenetworking'
  | 'sqladmin'
  | 'storage';

/** The services that the other components ask for, each switched on once, and no others. */
export class Apis extends pulumi.ComponentResource {
  private readonly project: string;
  private readonly enabled = new Map<Api, gcp.projects.Service>();

  constructor({ environment }: Plan) {
    super('alir:infra:Apis', 'apis');
    this.project = environment.projectId;
  }

  /** What a resource of these services must wait for. */
  need(...names: readonly Api[]): gcp.projects.Service[] {
    return names.map((name) => {
      const service = this.enabled.get(name) ?? this.enable(name);
      this.enabled.set(name, service);
      return service;
    });
  }

  private enable(name: Api): gcp.projects.Service {
    return new gcp.projects.Service(
      name,
      // Others in the project may use the service by the time that this stack is destroyed.
      { project: this.project, service: `${name}.googleapis.com`, disableOnDestroy: false },
      { parent: this },
    );
  }
}
