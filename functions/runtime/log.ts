/** Severities of Cloud Logging: https://cloud.google.com/logging/docs/structured-logging */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** Writes one structured line; `fields` become queryable in Cloud Logging (`jsonPayload.run = …`). */
export type Log = (severity: Severity, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export const logToStdout: Log = (severity, message, fields = {}) => {
  process.stdout.write(`${JSON.stringify({ severity, message, ...fields })}\n`);
};
