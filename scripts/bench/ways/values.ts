/** A value as pg gives it, as avsc takes it. */
export type Convert = (value: unknown) => unknown;

/** Types of the contracts that `table.ts` makes. */
type AvroType = string | { type: string; logicalType?: string; items?: unknown; precision?: number; scale?: number };

/** What a program that reads rows through pg and writes them through avsc has to do to each value of a type. */
export function converterOf(type: unknown): Convert {
  const avro = type as AvroType;
  if (typeof avro === 'string') return SCALARS[avro] ?? asItIs;
  if (avro.type === 'array') {
    const convert = converterOf(avro.items);
    return (values) => (values as unknown[]).map(convert);
  }
  if (avro.logicalType === 'decimal') return decimal(avro.scale ?? 0, (avro.precision ?? 0) > 18 ? 16 : 8);
  return LOGICAL[avro.logicalType ?? ''] ?? SCALARS[avro.type] ?? asItIs;
}

const asItIs: Convert = (value) => value;

const SCALARS: Readonly<Record<string, Convert>> = {
  long: Number,
  // pg makes objects of JSON and of intervals.
  string: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
};

const LOGICAL: Readonly<Record<string, Convert>> = {
  date: (value) => Math.round((value as Date).getTime() / 86_400_000),
  'timestamp-micros': micros,
  'local-timestamp-micros': micros,
  'time-micros': (value) => {
    const [hours = 0, minutes = 0, seconds = 0] = (value as string).split(':').map(Number);
    return Math.round(((hours * 60 + minutes) * 60 + seconds) * 1e6);
  },
};

function micros(value: unknown): number {
  return (value as Date).getTime() * 1000;
}

/** Always of the same size, which Avro allows and which is quicker than to look for the shortest. */
function decimal(scale: number, size: 8 | 16): Convert {
  return (value) => {
    const [whole = '', fraction = ''] = String(value).split('.');
    const unscaled = BigInt(whole + fraction.padEnd(scale, '0'));
    const bytes = Buffer.alloc(size);
    bytes.writeBigInt64BE(BigInt.asIntN(64, unscaled), size - 8);
    if (size === 16) bytes.writeBigInt64BE(BigInt.asIntN(64, unscaled >> 64n));
    return bytes;
  };
}
