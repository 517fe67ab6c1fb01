import { randomBytes } from 'node:crypto';
import type { Clock } from '../../kit/clock.ts';
import { ApiError } from '../../kit/errors.ts';
import { invalid } from '../checks.ts';
import { SCHEMA_MAX_REVISIONS } from '../limits.ts';
import type { Json, Schema, SchemaRevision } from '../model.ts';
import { alreadyExists, checkName } from '../names.ts';
import { page, type Page, type PageRequest } from '../paging.ts';
import { read, validateMessageShape } from '../shapes.ts';
import type { Store } from '../store.ts';
import { checkCompatible } from './compatibility.ts';
import { compiledRevision, findRevision } from './revisions.ts';
import { compile, parseDefinition } from './schema.ts';
import { fits } from './validation.ts';

export interface Revision {
  readonly schema: Schema;
  readonly revision: SchemaRevision;
}

/** What can be done with schemas, https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.schemas */
export class Schemas {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  create(name: string, json: Json): Revision {
    checkName('schemas', name);
    const definition = parseDefinition(json);
    if (this.#store.schemas.has(name)) throw alreadyExists(name);
    return this.#add({ name, revisions: [] }, definition);
  }

  /** @param name may end in `@<revision>` */
  get(name: string): Revision {
    checkSchemaName(name);
    return findRevision(this.#store, name);
  }

  list(project: string, request: PageRequest): Page<Revision> {
    const own = [...this.#store.schemas.values()].filter(({ name }) => name.startsWith(`${project}/schemas/`));
    const { items, nextPageToken } = page(own, ({ name }) => name, request);
    return { items: items.map(({ name }) => this.get(name)), nextPageToken };
  }

  delete(name: string): void {
    this.get(checkName('schemas', name));
    this.#store.commit({ type: 'schemaDeleted', name });
  }

  /** Newest first. */
  listRevisions(name: string, request: PageRequest): Page<Revision> {
    const { schema } = this.get(checkName('schemas', name));
    const age = new Map(schema.revisions.map((revision, index) => [revision, String(999 - index)]));
    const { items, nextPageToken } = page(schema.revisions, (revision) => age.get(revision) ?? '', request);
    return { items: items.map((revision) => ({ schema, revision })), nextPageToken };
  }

  commit(name: string, json: Json): Revision {
    const { schema } = this.get(checkName('schemas', name));
    const definition = parseDefinition(json);
    for (const revision of schema.revisions) checkCompatible(revision, definition);
    return this.#add(schema, definition);
  }

  /** A new revision that is a copy of an older one. */
  rollback(name: string, revisionId: string): Revision {
    const { schema, revision } = this.get(`${checkName('schemas', name)}@${revisionId}`);
    return this.#add(schema, revision.definition);
  }

  deleteRevision(name: string): Revision {
    const { schema, revision: gone } = this.get(name);
    if (!name.includes('@')) throw invalid(`Invalid [schemas] name: (name=${name}): it names no revision.`);
    const revisions = schema.revisions.filter((revision) => revision !== gone);
    if (revisions.length === 0) {
      throw new ApiError('FAILED_PRECONDITION', 'The only revision of a schema cannot be deleted.');
    }
    this.#store.commit({ type: 'schema', schema: { ...schema, revisions } });
    return this.get(schema.name);
  }

  validate(json: Json): void {
    parseDefinition(json);
  }

  /** @throws ApiError INVALID_ARGUMENT when the message is none of the schema's */
  validateMessage(json: Json): void {
    const { name, schema, message, encoding } = read(validateMessageShape, json, 'validate_message_request');
    if ((name === '') === (schema === undefined)) throw invalid('Exactly one of name and schema must be set.');
    if (encoding === 'ENCODING_UNSPECIFIED') throw invalid('Invalid schema encoding provided');
    const compiled = schema ? compile(parseDefinition(schema)) : compiledRevision(this.get(name).revision);
    fits(compiled, message, encoding);
  }

  #add({ name, revisions }: Schema, definition: string): Revision {
    if (revisions.length >= SCHEMA_MAX_REVISIONS) {
      const rule = `A schema has at most ${SCHEMA_MAX_REVISIONS} revisions; delete one first.`;
      throw new ApiError('FAILED_PRECONDITION', rule);
    }
    const revisionId = randomBytes(4).toString('hex');
    const revision = { revisionId, createTime: this.#clock.now(), definition };
    const schema = { name, revisions: [...revisions, revision] };
    this.#store.commit({ type: 'schema', schema });
    return { schema, revision };
  }
}

function checkSchemaName(name: string): void {
  const [plain = '', revision, ...more] = name.split('@');
  checkName('schemas', plain);
  if (more.length > 0 || revision === '') throw invalid(`Invalid [schemas] name: (name=${name})`);
}
