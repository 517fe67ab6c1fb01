import { z } from 'zod';
import type { Stage } from '../../pipelines/model/names.ts';
import { TerminalError } from '../runtime/errors.ts';

/**
 * One typed, versioned message per hop. Messages carry references, never rows, and their content is a function of the
 * work alone: published twice, they are equal.
 */
const version = z.literal(1);
/** Of a run, a table, a pipeline. The ledger is asked for it, and Postgres takes no NUL. */
const name = z.string().regex(/^[^\0]+$/, 'must be a name');
const runId = name;
const table = name;

/** A pipeline is due: from Cloud Scheduler, or, with `manual`, from a person. */
export const tickMessage = z.strictObject({
  v: version,
  kind: z.literal('tick'),
  pipeline: name,
  manual: z.strictObject({ id: z.string().regex(/^[a-z0-9]{1,16}$/), at: z.iso.datetime() }).optional(),
  /** Destinations to move; all of them when absent. */
  tables: z.array(name).min(1).optional(),
  /** Runs whose rejected rows of these tables are to be read again, and nothing else. */
  rejectedBy: z.array(runId).min(1).max(1000).optional(),
  /** Rows that are gone from the source are to be found, and nothing is moved; `accept` is in the place of `at_most`. */
  deletes: z.strictObject({ accept: z.number().min(0).max(1).optional() }).optional(),
});

export const extractMessage = z.strictObject({ v: version, kind: z.literal('extract'), runId, table });
export const encodeMessage = z.strictObject({
  v: version,
  kind: z.literal('encode'),
  runId,
  table,
  slice: z.int().min(0),
});
export const loadMessage = z.strictObject({ v: version, kind: z.literal('load'), runId, table });
export const auditMessage = z.strictObject({ v: version, kind: z.literal('audit'), runId, table });
export const mergeMessage = z.strictObject({ v: version, kind: z.literal('merge'), runId, table });

export const anyMessage = z.discriminatedUnion('kind', [
  tickMessage,
  extractMessage,
  encodeMessage,
  loadMessage,
  auditMessage,
  mergeMessage,
]);

export type TickMessage = z.infer<typeof tickMessage>;
export type ExtractMessage = z.infer<typeof extractMessage>;
export type EncodeMessage = z.infer<typeof encodeMessage>;
export type LoadMessage = z.infer<typeof loadMessage>;
export type AuditMessage = z.infer<typeof auditMessage>;
export type MergeMessage = z.infer<typeof mergeMessage>;
export type Message = z.infer<typeof anyMessage>;

/** A message on its way to a stage's topic. */
export interface Outgoing {
  readonly stage: Stage;
  readonly message: Message;
}

/** To the stage of the message's own name. */
export function outgoing(message: Exclude<Message, TickMessage>): Outgoing {
  return { stage: message.kind, message };
}

/** @throws TerminalError MESSAGE_MALFORMED with what is wrong and where */
export function parseMessage<T>(schema: z.ZodType<T>, data: Buffer): T {
  let value: unknown;
  try {
    value = JSON.parse(data.toString('utf8'));
  } catch (error) {
    throw new TerminalError('MESSAGE_MALFORMED', `the message is not JSON: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`);
  throw new TerminalError('MESSAGE_MALFORMED', `the message does not fit its type: ${issues.join('; ')}`);
}

export function encodeMessageData(message: Message): Buffer {
  return Buffer.from(JSON.stringify(message));
}
