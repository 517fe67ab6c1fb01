import { type ErrorTable, passes } from './verdict.ts';

/**
 * What Node says when the network, and not the service, failed: https://nodejs.org/api/errors.html#common-system-errors
 * and https://nodejs.org/api/dns.html#error-codes. Every service's table comes before this one.
 */
export const NETWORK: ErrorTable = {
  ECONNREFUSED: passes('nobody listens yet, or not any more: a restart or a failover'),
  ECONNRESET: passes('the other side dropped the connection'),
  ECONNABORTED: passes('the connection was given up on the way'),
  EPIPE: passes('the other side closed while we were writing'),
  ETIMEDOUT: passes('no answer in time'),
  ESOCKETTIMEDOUT: passes('no answer in time, as the HTTP client says it'),
  EHOSTUNREACH: passes('there is no way to the host at the moment'),
  EHOSTDOWN: passes('the host is down at the moment'),
  ENETUNREACH: passes('there is no way to the network at the moment'),
  ENETDOWN: passes('our own network is down at the moment'),
  EADDRNOTAVAIL: passes('all local ports are in use at the moment'),
  EMFILE: passes('this process has too many files open at the moment'),
  ENOTFOUND: passes(
    'a resolver that is overloaded answers as if the name did not exist; a wrong name runs out of tries',
  ),
  EAI_AGAIN: passes('the resolver asks for another try'),
  UND_ERR_SOCKET: passes('fetch lost its connection'),
  UND_ERR_CONNECT_TIMEOUT: passes('fetch got no connection in time'),
  UND_ERR_HEADERS_TIMEOUT: passes('fetch got no answer in time'),
  UND_ERR_BODY_TIMEOUT: passes('fetch got no end of the answer in time'),
};

/** Node's code of an error or of what caused it; '' when it has none. */
export function networkCode(error: unknown): string {
  for (let each = error; Error.isError(each); each = each.cause) {
    const { code } = each as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return '';
}
