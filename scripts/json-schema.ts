import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { pipelineSchema } from '../pipelines/model/pipeline.ts';
import { pipelinesFolder } from '../pipelines/model/read.ts';

/** Where editors find it: every pipeline names it in its first line. */
export const jsonSchemaFile = join(pipelinesFolder, 'pipeline.schema.json');

/** The JSON Schema of a pipeline file, as text: what may be written, so that what has a default need not be there. */
export async function pipelineJsonSchema(): Promise<string> {
  const schema = z.toJSONSchema(pipelineSchema, { io: 'input' });
  const titled = { ...schema, title: 'Alir pipeline', description: 'One YAML file in pipelines/.' };
  const options = await resolveConfig(jsonSchemaFile);
  return await format(JSON.stringify(titled), { ...options, filepath: jsonSchemaFile });
}

/** Run as a program, it writes the file anew: `node scripts/json-schema.ts`. A test says when that is due. */
if (import.meta.main) writeFileSync(jsonSchemaFile, await pipelineJsonSchema());
