import type { KeptLetter } from '../../functions/ledger/dead-letters.ts';
import { eventPipelineOf } from '../../functions/messages/letters.ts';
import { readMessage } from '../../functions/runtime/failure.ts';
import type { Services } from '../../functions/runtime/services.ts';

/** The pipeline that a letter is of, as far as it says so itself or its run does. */
export function pipelineOf(letter: KeptLetter, { catalog, environment }: Services): string | undefined {
  if (letter.pipeline !== undefined) return letter.pipeline;
  const events = eventPipelineOf(letter.attributes, environment.name, catalog);
  if (events !== undefined) return events;
  const message = readMessage(letter.body);
  return message?.kind === 'tick' ? message.pipeline : undefined;
}

/** A message's bytes as people read them: JSON, other text, or else base64. */
export function readBody(body: Buffer): { readonly as: 'json' | 'text' | 'base64'; readonly value: unknown } {
  const text = body.toString('utf8');
  if (!Buffer.from(text).equals(body)) return { as: 'base64', value: body.toString('base64') };
  try {
    return { as: 'json', value: JSON.parse(text) as unknown };
  } catch {
    return { as: 'text', value: text };
  }
}
