import { BIGINT, BLOB, DuckDBBlobValue, type DuckDBConnection, DuckDBScalarFunction } from '@duckdb/node-api';
import { farmFingerprint } from './farmhash.ts';

/** FARM_FINGERPRINT as a DuckDB function, for DuckDB has none. */
export function registerFingerprint(connection: DuckDBConnection): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'bq_farm_fingerprint',
      parameterTypes: [BLOB],
      returnType: BIGINT,
      mainFunction: (_, input, output) => {
        const values = input.getColumnVector(0);
        for (let i = 0; i < input.rowCount; i++) {
          const value = values.getItem(i);
          output.setItem(i, value instanceof DuckDBBlobValue ? farmFingerprint(value.bytes) : null);
        }
        output.flush();
      },
    }),
  );
}
