import type grpc from '@grpc/grpc-js';
import { unary } from '../kit/grpc.ts';
import type { Broker } from './broker.ts';
import type { Json } from './model.ts';
import { toProto } from './proto.ts';
import type { Revision } from './schemas/schemas.ts';
import { renderRevision } from './schemas/schema.ts';

interface Named {
  readonly name: string;
}
interface View {
  readonly view: 'SCHEMA_VIEW_UNSPECIFIED' | 'BASIC' | 'FULL';
}
interface Paged {
  readonly pageSize: number;
  readonly pageToken: string;
}
interface WithSchema {
  readonly schema: Json | null;
}

/** google.pubsub.v1.SchemaService */
export function schemaService({ schemas }: Broker): grpc.UntypedServiceImplementation {
  return {
    CreateSchema: unary(({ parent, schemaId, schema }: { parent: string; schemaId: string } & WithSchema) =>
      render(schemas.create(`${parent}/schemas/${schemaId}`, schema ?? {})),
    ),
    GetSchema: unary(({ name, view }: Named & View) => render(schemas.get(name), isFull(view, true))),
    ListSchemas: unary((request: { parent: string } & View & Paged) => {
      const { items, nextPageToken } = schemas.list(request.parent, request);
      return { schemas: items.map((one) => render(one, isFull(request.view, false))), nextPageToken };
    }),
    DeleteSchema: unary(({ name }: Named) => {
      schemas.delete(name);
      return {};
    }),
    ListSchemaRevisions: unary((request: Named & View & Paged) => {
      const { items, nextPageToken } = schemas.listRevisions(request.name, request);
      return { schemas: items.map((one) => render(one, isFull(request.view, false))), nextPageToken };
    }),
    CommitSchema: unary(({ name, schema }: Named & WithSchema) => render(schemas.commit(name, schema ?? {}))),
    RollbackSchema: unary(({ name, revisionId }: Named & { revisionId: string }) =>
      render(schemas.rollback(name, revisionId)),
    ),
    DeleteSchemaRevision: unary(({ name, revisionId }: Named & { revisionId: string }) =>
      // The field is the older way to say `name@revision`.
      render(schemas.deleteRevision(revisionId === '' || name.includes('@') ? name : `${name}@${revisionId}`)),
    ),
    ValidateSchema: unary(({ schema }: WithSchema) => {
      schemas.validate(schema ?? {});
      return {};
    }),
    ValidateMessage: unary(({ name, schema, message, encoding }: Partial<Named> & WithSchema & MessageOf) => {
      schemas.validateMessage({ name: name ?? '', schema, message: message.toString('base64'), encoding });
      return {};
    }),
  };
}

interface MessageOf {
  readonly message: Buffer;
  readonly encoding: string;
}

/** A view that is not said is BASIC in a list, and FULL for one schema. */
function isFull(view: View['view'], otherwise: boolean): boolean {
  return view === 'SCHEMA_VIEW_UNSPECIFIED' ? otherwise : view === 'FULL';
}

function render({ schema, revision }: Revision, full = true): Json {
  return toProto(renderRevision(schema, revision, full));
}
