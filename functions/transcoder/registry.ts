import type { SourceType, TypeRule } from './rule.ts';
import { array } from './types/array.ts';
import { boolean } from './types/boolean.ts';
import { composite } from './types/composite.ts';
import { date, time, timestamp, timestamptz } from './types/datetime.ts';
import { enumRule } from './types/enums.ts';
import { float4, float8 } from './types/floats.ts';
import { int2, int4, int8 } from './types/integers.ts';
import { interval, timetz } from './types/intervals.ts';
import { network } from './types/network.ts';
import { money, numeric } from './types/numeric.ts';
import { bytea, castToText, json, jsonb, text } from './types/text.ts';
import { uuid } from './types/uuid.ts';

/** Every type that can be read, under its name in pg_type. */
const RULES: ReadonlyMap<string, TypeRule> = new Map(
  [
    ...[boolean, int2, int4, int8, float4, float8, numeric, money],
    ...[text, castToText, bytea, uuid, json, jsonb, network],
    ...[date, time, timetz, timestamp, timestamptz, interval],
  ].flatMap((rule) => rule.names.map((name) => [name, rule] as const)),
);

/** The rule for a type; undefined for one that nobody has thought about. */
export function findRule(type: SourceType): TypeRule | undefined {
  if (type.element) return array;
  if (type.attributes) return composite;
  return type.labels ? enumRule : RULES.get(type.name);
}
