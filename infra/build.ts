import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { bucketName, instanceName, labels } from '../pipelines/model/names.ts';
import type { Plan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';
import { archiveName, type Packages } from './archives.ts';
import type { Identities } from './identities.ts';
import { find } from './lookup.ts';
import { closedBucket } from './storage.ts';

/** Images that a function may be rolled back to without a build. */
const KEEP_IMAGES = 3;
const DAY_SECONDS = 86_400;
const DELETE_IMAGES_AFTER = `${7 * DAY_SECONDS}s`;

interface Parts {
  readonly apis: Apis;
  readonly identities: Identities;
  readonly packages: Packages;
}

/** All that Cloud Build needs to make functions of the packages, and who may do so: an account for nothing else. */
export class Build extends pulumi.ComponentResource {
  /** `projects/…/repositories/…`: where the images go. */
  readonly repository: pulumi.Output<string>;
  /** `projects/…/serviceAccounts/…` */
  readonly account: pulumi.Output<string>;
  /** What a build needs besides. */
  readonly grants: readonly pulumi.Resource[];
  private readonly objects: ReadonlyMap<string, gcp.storage.BucketObject>;

  constructor(plan: Plan, { apis, identities, packages }: Parts) {
    super('alir:infra:Build', 'build');
    const { name: environment, projectId, region } = plan.environment;
    this.account = identities.builder.name;

    const bucket = new gcp.storage.Bucket(
      'code',
      {
        ...closedBucket(plan.environment, bucketName(projectId, environment, 'code'), 'code'),
        // It holds nothing that cannot be packaged again.
        forceDestroy: true,
      },
      { parent: this, dependsOn: apis.need('storage') },
    );
    this.objects = new Map(
      plan.functions.map(({ entryPoint }) => {
        const { path, sha256 } = find(packages, entryPoint);
        // Another archive is another object, which Pulumi uploads before it removes the former one.
        const name = archiveName(entryPoint, sha256);
        const source = new pulumi.asset.FileAsset(path);
        const object = new gcp.storage.BucketObject(
          `${entryPoint}-code`,
          { bucket: bucket.name, name, source },
          { parent: this },
        );
        return [entryPoint, object];
      }),
    );

    const repository = new gcp.artifactregistry.Repository(
      'images',
      {
        repositoryId: instanceName(environment),
        location: region,
        format: 'DOCKER',
        description: "Images of the environment's functions.",
        labels: { ...labels(environment) },
        cleanupPolicies: [
          { id: 'delete-old', action: 'DELETE', condition: { olderThan: DELETE_IMAGES_AFTER } },
          { id: 'keep-recent', action: 'KEEP', mostRecentVersions: { keepCount: KEEP_IMAGES } },
        ],
      },
      { parent: this, dependsOn: apis.need('artifactregistry') },
    );
    this.repository = pulumi.interpolate`projects/${projectId}/locations/${region}/repositories/${repository.repositoryId}`;
    this.grants = this.grant(plan, { apis, identities, bucket, repository });
  }

  /** The package that a function is built from. */
  object(entryPoint: string): gcp.storage.BucketObject {
    return find(this.objects, entryPoint);
  }

  /** https://cloud.google.com/functions/docs/securing/build-custom-sa, each on no more than it is needed for. */
  private grant(
    { environment: { projectId: project, region: location } }: Plan,
    parts: Pick<Parts, 'apis' | 'identities'> & {
      readonly bucket: gcp.storage.Bucket;
      readonly repository: gcp.artifactregistry.Repository;
    },
  ): pulumi.Resource[] {
    const { member } = parts.identities.builder;
    const onProject = { parent: this, dependsOn: parts.apis.need('cloudresourcemanager', 'logging') };
    return [
      new gcp.projects.IAMMember('builder-logs', { project, role: 'roles/logging.logWriter', member }, onProject),
      new gcp.projects.IAMMember(
        'builder-reads-sources',
        {
          project,
          role: 'roles/storage.objectViewer',
          member,
          condition: {
            title: 'sources-of-functions',
            description: 'Cloud Run functions copies what is to be built to a bucket that it makes itself.',
            expression: 'resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")',
          },
        },
        onProject,
      ),
      new gcp.storage.BucketIAMMember(
        'builder-reads-code',
        { bucket: parts.bucket.name, role: 'roles/storage.objectViewer', member },
        { parent: this },
      ),
      new gcp.artifactregistry.RepositoryIamMember(
        'builder-writes-images',
        { project, location, repository: parts.repository.repositoryId, role: 'roles/artifactregistry.writer', member },
        { parent: this },
      ),
    ];
  }
}
