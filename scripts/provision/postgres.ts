import pg from 'pg';
import type { Plan } from '../../pipelines/model/resources.ts';

/** SQLSTATE duplicate_database, and what a second creator at the same moment meets. */
const THERE_ALREADY = ['42P04', '23505'];

/** Creates the databases that are missing. @param url of any database of the server */
export async function applyPostgres(plan: Plan, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const database of plan.databases) {
      try {
        await client.query(`create database ${pg.escapeIdentifier(database)}`);
      } catch (error) {
        if (!THERE_ALREADY.includes((error as pg.DatabaseError).code ?? '')) throw error;
      }
    }
  } finally {
    await client.end();
  }
}
