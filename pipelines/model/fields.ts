import { z } from 'zod';

/** Settings that several forms of a pipeline share, and the rules of the names in them. */
export const lowerName = (what: string, max: number) =>
  z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]*[a-z0-9])?$/, `${what} is lower-case letters, digits and "-", beginning with a letter`)
    .max(max, `${what} has at most ${max} characters, for the names of topics and tables are made of it`);

export const identifier = (what: string) =>
  z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, `${what} is letters, digits and "_", not beginning with a digit`)
    .max(63, `${what} has at most 63 characters (Postgres identifiers end there)`);

export const columnName = identifier('a column');

export const named = {
  pipeline: lowerName('a pipeline', 40).describe('Name; the same as the file name.'),
  description: z.string().min(1).describe('One sentence for the people who meet the pipeline.'),
};

export const contract = z
  .string()
  .regex(/^[a-z0-9_-]+(?:\/[a-z0-9_-]+)*$/, 'a contract is a path below schemas/ without ".avsc", e.g. library/rent')
  .describe('Avro schema below `schemas/`, without its ending.');

export const partition = { field: columnName, by: z.enum(['hour', 'day', 'month', 'year']).default('day') };

export const cluster = z.array(columnName).max(4, 'BigQuery clusters by at most 4 columns');

export const dataset = identifier('a dataset')
  .refine((name) => !name.endsWith('_staging'), 'a dataset "…_staging" is for staging tables, which expire')
  .describe('BigQuery dataset of the final tables.');
