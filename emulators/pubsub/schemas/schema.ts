import type avro from 'avsc';
import { ApiError } from '../../kit/errors.ts';
import { invalid } from '../checks.ts';
import { SCHEMA_MAX_BYTES } from '../limits.ts';
import type { Encoding, Json, Schema, SchemaRevision } from '../model.ts';
import { read, schemaShape } from '../shapes.ts';
import { type AvroValue, binaryType, decodeBinary, decodeJson } from './decode.ts';
import { type Node, resolve } from './nodes.ts';

/** A definition made ready for messages. */
export interface Compiled {
  readonly node: Node;
  readonly type: avro.Type;
}

/**
 * The definition of a schema resource.
 * @throws ApiError INVALID_ARGUMENT for what Google refuses, UNIMPLEMENTED for Protocol Buffers
 */
export function parseDefinition(json: Json): string {
  const { type, definition } = read(schemaShape, json, 'schema');
  if (type === 'PROTOCOL_BUFFER') {
    throw new ApiError('UNIMPLEMENTED', 'the pubsub emulator does not implement schemas of type PROTOCOL_BUFFER');
  }
  if (type !== 'AVRO') throw invalid('Invalid schema type: it must be AVRO or PROTOCOL_BUFFER.');
  const bytes = Buffer.byteLength(definition);
  if (bytes > SCHEMA_MAX_BYTES) {
    throw invalid(`The schema definition has ${bytes} bytes: no more than ${SCHEMA_MAX_BYTES} are allowed.`);
  }
  compile(definition);
  return definition;
}

/** @throws ApiError INVALID_ARGUMENT when the definition is not Avro */
export function compile(definition: string): Compiled {
  try {
    const schema: unknown = JSON.parse(definition);
    return { type: binaryType(schema), node: resolve(schema) };
  } catch (error) {
    const why = Error.isError(error) ? error.message : String(error);
    throw invalid(`Could not parse schema definition: ${why}`);
  }
}

/** @throws Misfit */
export function decode({ node, type }: Compiled, data: Buffer, encoding: Encoding): AvroValue {
  return encoding === 'JSON' ? decodeJson(node, data) : decodeBinary(type, data);
}

/** One revision as Google's REST API shows it; only a full view holds the definition. */
export function renderRevision({ name }: Schema, revision: SchemaRevision, full: boolean): Json {
  return {
    name,
    type: 'AVRO',
    ...(full && { definition: revision.definition }),
    revisionId: revision.revisionId,
    revisionCreateTime: new Date(revision.createTime).toISOString(),
  };
}
