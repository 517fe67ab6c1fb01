import pg from 'pg';
import type { Contract, ContractField, FieldType } from '../../schemas/contract.ts';
import { TerminalError } from '../runtime/errors.ts';
import { findRule } from './registry.ts';
import { type Codec, Misfit, nullWhenUnfit, type SourceColumn, type SourceType } from './rule.ts';
import { readableType } from './type-name.ts';

/** How the rows of a table become records of a contract. Made once, before the first byte. */
export interface Plan {
  readonly contract: Contract;
  /** What to select, in the contract's order; casts only where Postgres' binary form does not say it all. */
  readonly select: string;
  readonly fields: readonly FieldPlan[];
  /** By how many bytes a record can be longer than its row; arrays announce their own. */
  readonly growth: number;
}

export interface FieldPlan {
  readonly name: string;
  readonly nullable: boolean;
  readonly codec: Codec;
}

/**
 * Brings a contract and the columns of its source together.
 * @throws TerminalError SOURCE_CONTRACT_MISMATCH listing every field that cannot be filled, and what would fill it
 */
export function compilePlan(contract: Contract, table: string, columns: readonly SourceColumn[]): Plan {
  const wrong: string[] = [];
  const fields = contract.fields.flatMap((field): FieldPlan[] => {
    try {
      const codec = compileField(field, columns);
      const { name, nullable } = field;
      return [{ name, nullable, codec: field.unfit === 'null' ? nullWhenUnfit(codec) : codec }];
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      wrong.push(error.message);
      return [];
    }
  });
  if (wrong.length > 0) {
    const message = `${table} cannot fill contract ${contract.id}:\n- ${wrong.join('\n- ')}\nChange the contract or the table`;
    throw new TerminalError('SOURCE_CONTRACT_MISMATCH', message);
  }
  const growth = fields.reduce((sum, { codec }) => sum + codec.growth + 1, 0);
  return { contract, select: fields.map(selectField).join(', '), fields, growth };
}

function selectField({ name, codec }: FieldPlan): string {
  const column = pg.escapeIdentifier(name);
  return codec.cast === undefined ? column : `${column}::${codec.cast}`;
}

function compileField(field: ContractField, columns: readonly SourceColumn[]): Codec {
  const column = columns.find(({ name }) => name === field.name);
  if (!column) throw new Misfit(`there is no column "${field.name}"`);
  return compileType(column.type, field.type, `column "${field.name}"`);
}

function compileType(type: SourceType, field: FieldType, where: string): Codec {
  const rule = findRule(type);
  if (!rule) {
    const what = `${where} is ${readableType(type)}, which has no rule`;
    throw new Misfit(`${what}; leave it out, or select from a view that casts it to a type that has one, e.g. text`);
  }
  const codec = rule.compile(type, field, (inside, of, name) => compileType(inside, of, `${where}, ${name}`));
  if (codec) return codec;
  throw new Misfit(
    `${where} is ${readableType(type)}, which fills ${rule.fits(type)}; the contract says ${spell(field)}`,
  );
}

function spell(field: FieldType): string {
  if (typeof field === 'string') return field;
  if ('array' in field) return `an array of ${spell(field.array)}`;
  if ('scalar' in field) return field.scalar;
  if ('enum' in field) return `an enum of ${field.enum.join(', ')}`;
  if ('record' in field) return `a record of ${field.record.map(({ name }) => name).join(', ')}`;
  return `decimal(${field.decimal.precision}, ${field.decimal.scale})`;
}
