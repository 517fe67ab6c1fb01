/**
 * Google's errors, once for all emulators. `status` is the gRPC status name, `code` its HTTP code and `reason` the
 * older JSON APIs' word (BigQuery, Cloud Storage), as in https://cloud.google.com/apis/design/errors
 */
export type Status =
  | 'INVALID_ARGUMENT'
  | 'FAILED_PRECONDITION'
  | 'OUT_OF_RANGE'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'ABORTED'
  | 'RESOURCE_EXHAUSTED'
  | 'INTERNAL'
  | 'UNIMPLEMENTED'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED';

/** For each status: [HTTP code, gRPC code, default reason in the older JSON APIs]. */
const CODES: Record<Status, readonly [http: number, grpc: number, reason: string]> = {
  INVALID_ARGUMENT: [400, 3, 'invalid'],
  FAILED_PRECONDITION: [400, 9, 'failedPrecondition'],
  OUT_OF_RANGE: [400, 11, 'outOfRange'],
  PERMISSION_DENIED: [403, 7, 'accessDenied'],
  NOT_FOUND: [404, 5, 'notFound'],
  ALREADY_EXISTS: [409, 6, 'duplicate'],
  ABORTED: [409, 10, 'aborted'],
  RESOURCE_EXHAUSTED: [429, 8, 'rateLimitExceeded'],
  INTERNAL: [500, 13, 'internalError'],
  UNIMPLEMENTED: [501, 12, 'notImplemented'],
  UNAVAILABLE: [503, 14, 'backendError'],
  DEADLINE_EXCEEDED: [504, 4, 'deadlineExceeded'],
};

export interface ApiErrorDetails {
  /** Where the HTTP code differs from the status's own (Cloud Storage's 412, 308 …). */
  readonly code?: number;
  readonly reason?: string;
  readonly location?: string;
}

/** An error that Google's API would answer; anything else thrown in a route is answered as INTERNAL. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: Status;
  readonly code: number;
  readonly grpcCode: number;
  readonly reason: string;
  readonly location: string | undefined;

  constructor(status: Status, message: string, details: ApiErrorDetails = {}) {
    super(message);
    const [http, grpc, reason] = CODES[status];
    this.status = status;
    this.code = details.code ?? http;
    this.grpcCode = grpc;
    this.reason = details.reason ?? reason;
    this.location = details.location;
  }

  /** The JSON body that Google's clients parse. */
  toJSON(): object {
    const entry = { message: this.message, domain: 'global', reason: this.reason };
    return {
      error: {
        code: this.code,
        message: this.message,
        status: this.status,
        errors: [this.location === undefined ? entry : { ...entry, location: this.location }],
      },
    };
  }
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('INTERNAL', describe(error));
}

/** The message of whatever was thrown; `Error.isError` also knows errors of another realm, as Node's own are under jest. */
export function describe(error: unknown): string {
  return Error.isError(error) ? error.message : String(error);
}

/** What every emulator answers to a method it does not have. */
export function unimplemented(service: string, method: string): ApiError {
  return new ApiError(
    'UNIMPLEMENTED',
    `the ${service} emulator does not implement ${method}; emulators/${service}/README.md lists what it does`,
  );
}
