import type { Reply, Request, Routes } from '../kit/router.ts';
import type { Broker } from './broker.ts';
import { pageBody, pageOf } from './paging.ts';
import { type Revision } from './schemas/schemas.ts';
import { renderRevision } from './schemas/schema.ts';

const SCHEMAS = '/v1/projects/{project}/schemas';
const SCHEMA = `${SCHEMAS}/{schema}`;

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.schemas */
export function schemaRoutes({ schemas }: Broker): Routes {
  return {
    [`POST ${SCHEMAS}:validate`]: async (request) => {
      const { schema } = await request.json();
      schemas.validate((schema ?? {}) as Record<string, unknown>);
      return { body: {} };
    },
    [`POST ${SCHEMAS}:validateMessage`]: async (request) => {
      schemas.validateMessage(await request.json());
      return { body: {} };
    },
    [`POST ${SCHEMA}:commit`]: async (request) => {
      const { schema } = await request.json();
      return revision(schemas.commit(schemaName(request), (schema ?? {}) as Record<string, unknown>));
    },
    [`POST ${SCHEMA}:rollback`]: async (request) => {
      const { revisionId } = await request.json();
      return revision(schemas.rollback(schemaName(request), typeof revisionId === 'string' ? revisionId : ''));
    },
    [`DELETE ${SCHEMA}:deleteRevision`]: (request) => revision(schemas.deleteRevision(schemaName(request))),
    [`GET ${SCHEMA}:listRevisions`]: (request) => {
      const { items, nextPageToken } = schemas.listRevisions(schemaName(request), pageOf(request));
      return { body: pageBody('schemas', render(items, isFull(request, false)), nextPageToken) };
    },
    [`POST ${SCHEMAS}`]: async (request) => {
      const name = `projects/${request.params['project'] ?? ''}/schemas/${request.query.get('schemaId') ?? ''}`;
      return revision(schemas.create(name, await request.json()));
    },
    [`GET ${SCHEMAS}`]: (request) => {
      const { items, nextPageToken } = schemas.list(`projects/${request.params['project'] ?? ''}`, pageOf(request));
      return { body: pageBody('schemas', render(items, isFull(request, false)), nextPageToken) };
    },
    [`GET ${SCHEMA}`]: (request) => revision(schemas.get(schemaName(request)), isFull(request, true)),
    [`DELETE ${SCHEMA}`]: (request) => {
      schemas.delete(schemaName(request));
      return { body: {} };
    },
  };
}

/** A view that is not said is BASIC in a list, and FULL for one schema. */
function isFull({ query }: Request, otherwise: boolean): boolean {
  const view = query.get('view') ?? 'SCHEMA_VIEW_UNSPECIFIED';
  return view === 'SCHEMA_VIEW_UNSPECIFIED' ? otherwise : view === 'FULL';
}

function revision({ schema, revision: one }: Revision, full = true): Reply {
  return { body: renderRevision(schema, one, full) };
}

function render(revisions: readonly Revision[], full: boolean) {
  return revisions.map(({ schema, revision: one }) => renderRevision(schema, one, full));
}

function schemaName({ params }: Request): string {
  return `projects/${params['project'] ?? ''}/schemas/${params['schema'] ?? ''}`;
}
