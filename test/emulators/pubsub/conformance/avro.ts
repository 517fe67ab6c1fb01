import { base64, type Case, INVALID, recordOf } from './case.ts';

type Verdict = 'yes' | 'no';

/** One Avro type, and JSON messages `{"x": …}` that are of it or not; `differs` says where the official emulator errs. */
function judged(
  name: string,
  type: unknown,
  values: readonly (readonly [json: string, verdict: Verdict, officialDiffers?: string])[],
): Case[] {
  return values.map(([json, verdict, officialDiffers]) => ({
    name: `${name}: ${json} is ${verdict === 'yes' ? 'a' : 'no'} message`,
    steps: [
      [
        'ValidateMessage',
        {
          parent: 'P',
          schema: { type: 'AVRO', definition: recordOf(type) },
          message: base64(json),
          encoding: 'JSON',
        },
        verdict === 'yes' ? {} : INVALID,
      ],
    ],
    ...(officialDiffers !== undefined && { officialDiffers }),
  }));
}

/** Avro's JSON encoding, https://avro.apache.org/docs/1.12.0/specification/#json-encoding */
export const avroMessages: Case[] = [
  ...judged('long', 'long', [
    ['{"x":9223372036854775807}', 'yes'],
    ['{"x":-9223372036854775808}', 'yes'],
    ['{"x":9223372036854775808}', 'no'],
    ['{"x":1.0}', 'yes'],
    ['{"x":1.5}', 'no', 'it cuts the fraction off'],
    ['{"x":"1"}', 'no'],
    ['{"x":null}', 'no'],
    ['{}', 'no'],
    ['{"X":1}', 'no'],
    ['{"x":1,"y":2}', 'yes'],
    ['[1]', 'no'],
    ['1', 'no'],
    ['', 'no'],
    ['{"x":1}x', 'no', 'it reads no further than it has to'],
  ]),
  ...judged('int', 'int', [
    ['{"x":2147483647}', 'yes'],
    ['{"x":2147483648}', 'no'],
  ]),
  ...judged(
    'a nullable string',
    ['null', 'string'],
    [
      ['{"x":null}', 'yes'],
      ['{"x":{"string":"a"}}', 'yes'],
      ['{"x":"a"}', 'no'],
      ['{"x":{"string":null}}', 'no'],
      ['{"x":{"long":1}}', 'no'],
      ['{"x":{}}', 'no'],
      ['{"x":{"string":"a","long":1}}', 'no', 'it reads no further than it has to'],
      ['{}', 'no'],
    ],
  ),
  ...judged(
    'a nullable timestamp',
    ['null', { type: 'long', logicalType: 'timestamp-micros' }],
    [
      ['{"x":{"long":1}}', 'yes'],
      ['{"x":{"timestamp-micros":1}}', 'no'],
      ['{"x":"2026-11-20T00:00:00Z"}', 'no'],
    ],
  ),
  ...judged(
    'a nullable record',
    ['null', { type: 'record', name: 'part', fields: [{ name: 'y', type: 'int' }] }],
    [
      ['{"x":{"shop.part":{"y":1}}}', 'yes'],
      ['{"x":{"part":{"y":1}}}', 'no'],
    ],
  ),
  ...judged('bytes', 'bytes', [
    ['{"x":"\\u0000\\u00ff"}', 'yes'],
    ['{"x":"\\u0100"}', 'no', 'it drops the upper bits'],
    ['{"x":1}', 'no'],
  ]),
  ...judged('fixed', { type: 'fixed', name: 'four', size: 4 }, [
    ['{"x":"abcd"}', 'yes'],
    ['{"x":"abc"}', 'no'],
  ]),
  ...judged('enum', { type: 'enum', name: 'letter', symbols: ['A', 'B'] }, [
    ['{"x":"B"}', 'yes'],
    ['{"x":"C"}', 'no'],
    ['{"x":0}', 'no'],
  ]),
  ...judged('double', 'double', [
    ['{"x":1.5}', 'yes'],
    ['{"x":1}', 'yes'],
    ['{"x":"NaN"}', 'no'],
    ['{"x":"1.5"}', 'no'],
  ]),
  ...judged('boolean', 'boolean', [
    ['{"x":true}', 'yes'],
    ['{"x":1}', 'no'],
  ]),
  ...judged('array', { type: 'array', items: 'long' }, [
    ['{"x":[]}', 'yes'],
    ['{"x":[1,"a"]}', 'no'],
    ['{"x":{}}', 'no'],
  ]),
  ...judged('map', { type: 'map', values: 'long' }, [
    ['{"x":{"a":1}}', 'yes'],
    ['{"x":{"a":"b"}}', 'no'],
    ['{"x":[]}', 'no'],
  ]),
  {
    name: 'a message is validated by the name of its schema, or by a schema, and by one of them',
    steps: [
      ['ValidateMessage', { parent: 'P', message: base64('{"x":1}'), encoding: 'JSON' }, INVALID],
      [
        'ValidateMessage',
        { parent: 'P', name: 'P/schemas/nowhere', message: base64('{"x":1}'), encoding: 'JSON' },
        { error: 'NOT_FOUND' },
      ],
      [
        'ValidateMessage',
        { parent: 'P', schema: { type: 'AVRO', definition: recordOf('long') }, message: base64('{"x":1}') },
        INVALID,
      ],
    ],
  },
];
