import { fits } from './defaults.ts';
import { checkAliases, isName, type Place, quote, whereIs } from './place.ts';
import { ContractError } from './types.ts';

const ORDERS = ['ascending', 'descending', 'ignore'];

/**
 * What a field says beside its name and its type. Nothing here makes a column, but a reader of Avro refuses the whole schema
 * for it: https://avro.apache.org/docs/1.12.0/specification/#schema-record
 * @throws ContractError naming the file, the field and the rule
 */
export function checkAttributes(place: Place, field: Readonly<Record<string, unknown>>): void {
  const { order = 'ascending', type } = field;
  if (!ORDERS.some((known) => known === order)) {
    throw new ContractError(`${whereIs(place)}: order ${quote(order)} is not one of ${ORDERS.join(', ')}`);
  }
  checkAliases(place, field, isName);
  if (!('default' in field) || fits(type, field['default'])) return;
  const rule = Array.isArray(type)
    ? 'the default of ["null", type] is null; Avro takes it from the first branch'
    : `the default of ${quote(type)} is a value of it, within its range`;
  throw new ContractError(`${whereIs(place)}: ${rule}, not ${quote(field['default'])}`);
}
