import { checkAttributes } from './attributes.ts';
import { parseItem } from './items.ts';
import { checkDoc, claimName, isName, isObject, type Place, quote, whereIs } from './place.ts';
import { ContractError, type ContractField, type FieldType, type ItemType } from './types.ts';

/** https://cloud.google.com/bigquery/docs/schemas#column_names */
const RESERVED = /^(?:_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER)/i;
/** https://cloud.google.com/bigquery/docs/nested-repeated#limitations */
const NESTED_AT_MOST = 15;

/** @throws ContractError naming the file, the field and the rule */
export function parseFields(file: string, record: Readonly<Record<string, unknown>>): ContractField[] {
  const root = { file, path: '', depth: 0, namespace: '', names: new Set<string>() };
  return fieldsOf(root, record, claimName(root, 'the record', record));
}

function fieldsOf(place: Place, record: Readonly<Record<string, unknown>>, namespace: string): ContractField[] {
  const inside = { ...place, namespace };
  const what = place.path === '' ? place.file : `${place.file}: field "${place.path.slice(0, -1)}"`;
  const entries = record['fields'];
  if (!Array.isArray(entries)) throw new ContractError(`${what}: a record needs a list of fields`);
  if (entries.length === 0) throw new ContractError(`${what}: a record without fields makes no table`);
  const fields = entries.map((field: unknown, index) => parseField(inside, field, index));
  const twice = fields.find((field, index) => fields.findIndex(sameName(field)) !== index);
  if (!twice) return fields;
  throw new ContractError(
    `${place.file}: field "${place.path}${twice.name}" stands twice; BigQuery ignores case in names`,
  );
}

function parseField(place: Place, field: unknown, index: number): ContractField {
  if (!isObject(field) || !isName(field['name'])) {
    const where = `${place.file}: ${place.path}fields[${index}]`;
    throw new ContractError(`${where} needs a name of letters, digits and "_", not starting with a digit`);
  }
  const name = field['name'];
  const inside = { ...place, path: `${place.path}${name}.` };
  const where = whereIs(inside);
  if (RESERVED.test(name)) throw new ContractError(`${where}: BigQuery keeps names that begin like this to itself`);
  const { type, nullable } = parseUnion(inside, field['type']);
  checkAttributes(inside, field);
  const doc = requireDoc(place.file, `field "${place.path}${name}"`, field);
  const { unfit = 'reject' } = field;
  if (unfit === 'reject') return { name, doc, type, nullable };
  if (unfit === 'null' && nullable) return { name, doc, type, nullable, unfit };
  throw new ContractError(`${where}: "unfit" is "reject", or "null" where the type is ["null", type]`);
}

function parseUnion(place: Place, type: unknown): { type: FieldType; nullable: boolean } {
  if (!Array.isArray(type)) return { type: parseType(place, type), nullable: false };
  const [first, second] = type as unknown[];
  if (type.length !== 2 || first !== 'null') {
    throw new ContractError(`${whereIs(place)}: the only union allowed is ["null", type], not ${quote(type)}`);
  }
  return { type: parseType(place, second), nullable: true };
}

function parseType(place: Place, type: unknown): FieldType {
  if (!isObject(type) || type['type'] !== 'array')
    return parseItem(place, type, (record) => parseRecord(place, record));
  checkDoc(place, type);
  const items = type['items'];
  if (isObject(items) && items['type'] === 'array') {
    throw new ContractError(`${whereIs(place)}: BigQuery has no array of arrays; wrap the inner one in a record`);
  }
  return { array: parseItem(place, items, (record) => parseRecord(place, record)) };
}

function parseRecord(place: Place, type: Readonly<Record<string, unknown>>): ItemType {
  const depth = place.depth + 1;
  if (depth > NESTED_AT_MOST) {
    throw new ContractError(`${whereIs(place)}: BigQuery nests records ${NESTED_AT_MOST} deep at most`);
  }
  return { record: fieldsOf({ ...place, depth }, type, claimName(place, 'the record', type)) };
}

export function requireDoc(file: string, what: string, of: Readonly<Record<string, unknown>>): string {
  if (typeof of['doc'] === 'string' && of['doc'].trim() !== '') return of['doc'];
  throw new ContractError(`${file}: ${what} needs a "doc"; it becomes the description people read in BigQuery`);
}

function sameName(field: ContractField): (other: ContractField) => boolean {
  return (other) => other.name.toLowerCase() === field.name.toLowerCase();
}
