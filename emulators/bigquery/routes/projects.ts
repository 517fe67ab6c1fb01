import type { Routes } from '../../kit/router.ts';
import type { Store } from '../store/store.ts';
import { param } from './shared.ts';

/** What `bq` asks before anything else: https://cloud.google.com/bigquery/docs/reference/rest/v2/projects */
export function projectRoutes(store: Store): Routes {
  return {
    'GET /projects': () => {
      const projects = [...new Set(store.allDatasets().map((entry) => entry.projectId))].map((id) => ({
        kind: 'bigquery#project',
        id,
        friendlyName: id,
        projectReference: { projectId: id },
      }));
      return { body: { kind: 'bigquery#projectList', projects, totalItems: projects.length } };
    },
    'GET /projects/{project}/serviceAccount': (request) => ({
      body: {
        kind: 'bigquery#getServiceAccountResponse',
        email: `bq-emulator@${param(request, 'project')}.iam.gserviceaccount.com`,
      },
    }),
  };
}
