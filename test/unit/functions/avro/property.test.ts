import { expect, test } from '@jest/globals';
import { encodeContainer } from '../../../../functions/avro/container.ts';
import { compileRow, type TextRow } from '../../../../functions/avro/row.ts';
import { avroType } from '../../../../functions/avro/type.ts';
import type { ContractField, ScalarType } from '../../../../schemas/contract.ts';
import { seeded } from '../../random.ts';
import { everyType } from '../../records.ts';
import { collect, decodeFile, inBatches } from './decode.ts';

const random = seeded(20_261_120);
const two = (below: number, from = 0): string => String(from + random.below(below)).padStart(2, '0');
const day = (): string => `${String(1 + random.below(9999)).padStart(4, '0')}-${two(12, 1)}-${two(28, 1)}`;
const fraction = (): string => {
  const digits = random.below(7);
  return digits === 0 ? '' : `.${random.text('0123456789', digits)}`;
};
const instant = (): string => `${day()} ${two(24)}:${two(60)}:${two(60)}${fraction()}`;
const characters = 'aZ09 \n\t"\'\\{},\u0000\u0001\u007fé本🦆';

/** A random value as Postgres prints it. */
const TEXTS: Readonly<Record<ScalarType, () => string>> = {
  boolean: () => random.pick(['true', 'false']),
  int: () => String(random.bigint(random.pick([8, 16, 32]))),
  long: () => String(random.bigint(random.pick([8, 32, 64]))),
  string: () => random.text(characters, random.below(random.pick([4, 40, 2000]))),
  bytes: () => `\\x${random.text('07af', 2 * random.below(40))}`,
  date: day,
  'timestamp-micros': () => `${instant()}+00`,
  'local-timestamp-micros': instant,
};

function textOf({ type, nullable }: ContractField): string | null {
  if (nullable && random.below(3) === 0) return null;
  if (typeof type === 'string') return TEXTS[type]();
  return JSON.stringify(Array.from({ length: random.below(5) }, TEXTS[type.array]));
}

test('whatever a table holds, the file decodes to the records, and the records are valid', async () => {
  const rows: TextRow[] = Array.from({ length: 300 }, () => everyType.fields.map(textOf));
  const type = avroType(everyType);
  const records = rows.map(compileRow(everyType));
  expect(records.findIndex((record) => !type.isValid(record))).toBe(-1);
  const file = encodeContainer(type, inBatches(records), { schema: everyType.avro, identity: 'random' });
  const decoded = await decodeFile(Buffer.concat(await collect(file)));
  expect(decoded.records).toHaveLength(records.length);
  expect(
    decoded.records.findIndex((record, index) => !type.isValid(record) || type.compare(record, records[index]) !== 0),
  ).toBe(-1);
  expect(decoded.records.slice(0, 20)).toEqual(records.slice(0, 20));
});
