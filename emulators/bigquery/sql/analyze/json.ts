import { quoteText, type SqlType } from '../../types/types.ts';
import { toText } from './casts.ts';

/** TO_JSON_STRING by type: https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#json_encodings */
export function toJson(sql: string, type: SqlType, depth = 0): string {
  return `CASE WHEN ${sql} IS NULL THEN 'null' ELSE ${encode(sql, type, depth)} END`;
}

function encode(sql: string, type: SqlType, depth: number): string {
  switch (type.kind) {
    case 'BOOL':
      return `CAST(${sql} AS VARCHAR)`;
    case 'INT64':
      return `bq_json_int64(${sql})`;
    case 'FLOAT64':
      return `bq_json_float64(${sql})`;
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return `bq_json_decimal(${sql})`;
    case 'STRING':
      return `CAST(to_json(${sql}) AS VARCHAR)`;
    case 'BYTES':
      return `'"' || to_base64(${sql}) || '"'`;
    case 'JSON':
      return `CAST(${sql} AS VARCHAR)`;
    case 'TIMESTAMP':
      return `'"' || replace(replace(${toText({ sql, type })}, ' ', 'T'), '+00', 'Z') || '"'`;
    case 'DATETIME':
      return `'"' || replace(${toText({ sql, type })}, ' ', 'T') || '"'`;
    case 'DATE':
    case 'TIME':
      return `'"' || ${toText({ sql, type })} || '"'`;
    case 'ARRAY': {
      const each = `e${depth}`;
      return `'[' || array_to_string(list_transform(${sql}, lambda ${each}: ${toJson(each, type.element, depth + 1)}), ',') || ']'`;
    }
    case 'STRUCT': {
      const pairs = type.fields.map(
        (field, i) =>
          `${quoteText(`${JSON.stringify(field.name)}:`)} || ${toJson(`struct_extract(${sql}, '${field.name.replaceAll("'", "''")}')`, field.type, depth + 1 + i)}`,
      );
      return `'{' || ${pairs.join(` || ',' || `)} || '}'`;
    }
  }
}
