import type pg from 'pg';

/**
 * Every object that a function makes belongs to this role, of which they all are members: so each may use what another
 * has made. https://cloud.google.com/sql/docs/postgres/users#superuser_restrictions
 */
const OWNER = 'cloudsqlsuperuser';
/** The least that a token must be good for: https://cloud.google.com/sql/docs/postgres/iam-authentication */
const LOGIN_SCOPE = 'https://www.googleapis.com/auth/sqlservice.login';

/**
 * How to connect to Cloud SQL as the function's own service account: a fresh access token is the password, and the
 * certificate must come from the instance's own authority. That names the instance and not its address, so the address
 * is not compared. Google's connector does the same over its own proxy protocol, for 195 ms of a cold start.
 * @param url postgres://user@host/database, without a password
 * @param certificate PEM of the authority that has signed the instance's certificate; it is the instance's own
 * @param token gives an access token; Google's own library by default
 */
export function cloudSqlConnection(
  url: string,
  certificate: string,
  token: () => Promise<string> = accessToken,
): pg.ClientConfig {
  const { hostname, port, username, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port === '' ? '5432' : port),
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    password: token,
    ssl: { ca: certificate, checkServerIdentity: () => undefined },
    options: `-c role=${OWNER}`,
  };
}

let auth: Promise<{ getAccessToken(): Promise<string | null | undefined> }> | undefined;

/** The library keeps a token until shortly before it expires. It is imported by the first connection that needs it. */
async function accessToken(): Promise<string> {
  auth ??= import('google-auth-library').then(({ GoogleAuth }) => new GoogleAuth({ scopes: [LOGIN_SCOPE] }));
  const token = await (await auth).getAccessToken();
  if (typeof token === 'string') return token;
  throw new Error(
    'Google gave this function no access token to log into Cloud SQL with; does it have a service account?',
  );
}
