import { ApiError } from '../kit/errors.ts';

/** https://cloud.google.com/storage/docs/request-preconditions */
export interface Preconditions {
  readonly generationMatch?: number;
  readonly generationNotMatch?: number;
  readonly metagenerationMatch?: number;
  readonly metagenerationNotMatch?: number;
}

interface Current {
  readonly generation?: number;
  readonly metageneration: number;
}

const KINDS = ['generationMatch', 'generationNotMatch', 'metagenerationMatch', 'metagenerationNotMatch'] as const;

/**
 * Reads `ifGenerationMatch` and its kin, or with `prefix` 'ifSource' those on the source of a copy.
 * @throws ApiError 400 when one is not a number
 */
export function parsePreconditions(query: URLSearchParams, prefix: 'if' | 'ifSource' = 'if'): Preconditions {
  const found: { -readonly [K in keyof Preconditions]: Preconditions[K] } = {};
  for (const kind of KINDS) {
    const parameter = `${prefix}${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
    const value = parseGeneration(query.get(parameter), parameter);
    if (value !== undefined) found[kind] = value;
  }
  return found;
}

/** @throws ApiError 400 naming the parameter */
export function parseGeneration(value: string | null, parameter: string): number | undefined {
  if (value === null) return undefined;
  if (!/^\d{1,19}$/.test(value)) {
    throw new ApiError('INVALID_ARGUMENT', `Invalid value at '${parameter}': "${value}" is not an unsigned integer`, {
      location: parameter,
    });
  }
  return Number(value);
}

/**
 * For writes, and for what reads must match. What does not exist has generation 0 and no metageneration.
 * @throws ApiError 412 conditionNotMet
 */
export function checkPreconditions(wanted: Preconditions, current: Current | undefined): void {
  const generation = current?.generation ?? 0;
  const held =
    (wanted.generationMatch ?? generation) === generation &&
    wanted.generationNotMatch !== generation &&
    (wanted.metagenerationMatch ?? current?.metageneration) === current?.metageneration &&
    (wanted.metagenerationNotMatch === undefined || wanted.metagenerationNotMatch !== current?.metageneration);
  if (held) return;
  throw new ApiError('FAILED_PRECONDITION', 'At least one of the pre-conditions you specified did not hold.', {
    code: 412,
    reason: 'conditionNotMet',
    location: 'If-Match',
  });
}

/** A read whose NotMatch condition fails is answered 304, not 412. */
export function isNotModified(wanted: Preconditions, current: Current): boolean {
  return (
    (wanted.generationNotMatch !== undefined && wanted.generationNotMatch === current.generation) ||
    wanted.metagenerationNotMatch === current.metageneration
  );
}
