import { describe, expect, test } from '@jest/globals';
import { ApiError, asApiError, type Status, unimplemented } from '../../../emulators/kit/errors.ts';

describe('errors', () => {
  // https://cloud.google.com/apis/design/errors#handling_errors and google/rpc/code.proto
  test.each<[Status, http: number, grpc: number]>([
    ['INVALID_ARGUMENT', 400, 3],
    ['FAILED_PRECONDITION', 400, 9],
    ['OUT_OF_RANGE', 400, 11],
    ['PERMISSION_DENIED', 403, 7],
    ['NOT_FOUND', 404, 5],
    ['ALREADY_EXISTS', 409, 6],
    ['ABORTED', 409, 10],
    ['RESOURCE_EXHAUSTED', 429, 8],
    ['INTERNAL', 500, 13],
    ['UNIMPLEMENTED', 501, 12],
    ['UNAVAILABLE', 503, 14],
    ['DEADLINE_EXCEEDED', 504, 4],
  ])('%s is HTTP %i and gRPC %i', (status, http, grpc) => {
    expect(new ApiError(status, 'why')).toMatchObject({ status, code: http, grpcCode: grpc, message: 'why' });
  });

  test("the envelope is Google's, new and old in one", () => {
    expect(JSON.parse(JSON.stringify(new ApiError('NOT_FOUND', 'no such topic')))).toEqual({
      error: {
        code: 404,
        message: 'no such topic',
        status: 'NOT_FOUND',
        errors: [{ message: 'no such topic', domain: 'global', reason: 'notFound' }],
      },
    });
  });

  test('code, reason and location can be the service’s own', () => {
    const error = new ApiError('FAILED_PRECONDITION', 'x', {
      code: 412,
      reason: 'conditionNotMet',
      location: 'If-Match',
    });
    expect(error.toJSON()).toMatchObject({
      error: { code: 412, errors: [{ reason: 'conditionNotMet', location: 'If-Match' }] },
    });
  });

  test('what is thrown otherwise is INTERNAL', () => {
    const error = new ApiError('ABORTED', 'x');
    expect(asApiError(error)).toBe(error);
    expect(asApiError(new TypeError('a bug'))).toMatchObject({ status: 'INTERNAL', message: 'a bug' });
    expect(asApiError('a bug')).toMatchObject({ status: 'INTERNAL', message: 'a bug' });
  });

  test('a method that is lacking says where to look', () => {
    expect(unimplemented('hello', 'GET /x')).toMatchObject({
      code: 501,
      message: 'the hello emulator does not implement GET /x; emulators/hello/README.md lists what it does',
    });
  });
});
