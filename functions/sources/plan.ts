import type pg from 'pg';
import type { Contract } from '../../schemas/contract.ts';
import { describeColumns } from '../transcoder/columns.ts';
import { compilePlan, type Plan } from '../transcoder/plan.ts';
import { quoteTable } from './postgres.ts';

/**
 * How the rows of a source table, as its columns are now, become records of the contract.
 * @throws TerminalError SOURCE_CONTRACT_MISMATCH, or whatever pg says, e.g. that there is no such table
 */
export async function planSource(client: pg.Client, contract: Contract, table: string): Promise<Plan> {
  return compilePlan(contract, `public.${table}`, await describeColumns(client, quoteTable(table)));
}
