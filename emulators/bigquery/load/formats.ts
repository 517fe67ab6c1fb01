import { DuckDBListValue, type DuckDBValue } from '@duckdb/node-api';
import { invalid } from '../errors.ts';
import type { Resource } from '../store/store.ts';
import type { Field } from '../types/schema.ts';
import { scalarKind } from '../types/types.ts';
import { type AvroColumn, avroColumns } from './avro-types.ts';
import { AvroFile } from './avro-file.ts';
import { recordReader } from './avro-decode.ts';
import { type Cell, readCsv } from './csv.ts';
import { fromJson, parseExactJson } from './json-values.ts';
import { type Bytes, readLines } from './lines.ts';
import type { SourceFile } from './source.ts';
import { fromText } from './text-values.ts';

export type Row = readonly DuckDBValue[];

/** How a format finds its columns and reads its rows in their order. */
export interface Format {
  /** @param known the schema that the job gives, or the destination's */
  readonly fields: (last: SourceFile, known: readonly Field[] | undefined) => Promise<readonly Field[]>;
  readonly rows: (bytes: Bytes, fields: readonly Field[]) => AsyncGenerator<Row>;
}

export function formatOf(name: string, config: Resource): Format {
  if (name === 'AVRO') return avroFormat(config);
  if (name === 'NEWLINE_DELIMITED_JSON') return jsonFormat(config['ignoreUnknownValues'] === true);
  return csvFormat(config);
}

const needsSchema = (known: readonly Field[] | undefined): Promise<readonly Field[]> => {
  if (!known || known.length === 0) throw invalid('No schema specified on job or table.');
  return Promise.resolve(known);
};

function avroFormat(config: Resource): Format {
  const options = {
    useLogicalTypes: config['useAvroLogicalTypes'] === true,
    decimalTargets:
      Array.isArray(config['decimalTargetTypes']) && config['decimalTargetTypes'].length > 0
        ? (config['decimalTargetTypes'] as string[])
        : ['NUMERIC'],
  };
  return {
    fields: async (last, known) => {
      const file = await AvroFile.open(await last.open());
      await file.close();
      return avroColumns(file.header.schema, { ...options, target: known }).map(({ field }) => field);
    },
    rows: async function* (bytes, fields) {
      const file = await AvroFile.open(bytes);
      const columns = matchColumns(
        avroColumns(file.header.schema, { ...options, target: fields }),
        fields,
        config['ignoreUnknownValues'] === true,
      );
      const read = recordReader(file.header.schema);
      for await (const block of file.blocks()) {
        for (const record of read(block))
          yield columns.map((column, i) => (column ? column.convert(record[column.field.name]) : missing(fields[i])));
      }
    },
  };
}

/** The columns of one file in the order of the load's; files of one load may differ where nothing is lost. */
function matchColumns(
  columns: readonly AvroColumn[],
  fields: readonly Field[],
  ignoreUnknown: boolean,
): (AvroColumn | undefined)[] {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  const extra = columns.find(({ field }) => !fields.some((other) => same(other.name, field.name)));
  if (extra && !ignoreUnknown)
    throw invalid(
      `Error while reading data, error message: field ${extra.field.name} of the file is not in the schema`,
    );
  return fields.map((field) => {
    const column = columns.find((candidate) => same(candidate.field.name, field.name));
    const differs =
      column &&
      (column.field.type !== field.type || (column.field.mode === 'REPEATED') !== (field.mode === 'REPEATED'));
    if (differs)
      throw invalid(
        `Error while reading data, error message: field ${field.name} has type ${column.field.type} in one file and ${field.type} in another`,
      );
    if (!column && field.mode === 'REQUIRED')
      throw invalid(`Error while reading data, error message: required field ${field.name} is missing`);
    return column;
  });
}

function missing(field: Field | undefined): DuckDBValue {
  return field?.mode === 'REPEATED' ? new DuckDBListValue([]) : null;
}

const ROW_ERROR = 'Error while reading data, error message: JSON parsing error in row';

function jsonFormat(ignoreUnknown: boolean): Format {
  return {
    fields: async (_, known) => await needsSchema(known),
    rows: async function* (bytes, fields) {
      for await (const line of readLines(bytes))
        if (line.trim() !== '') yield fromJson(parseExactJson(line, ROW_ERROR), fields, ignoreUnknown);
    },
  };
}

function csvFormat(config: Resource): Format {
  const text = (name: string, absent: string): string => (typeof config[name] === 'string' ? config[name] : absent);
  const delimiter = text('fieldDelimiter', ',');
  const options = {
    delimiter: { tab: '\t', '\\t': '\t' }[delimiter] ?? delimiter,
    quote: text('quote', '"'),
    allowQuotedNewlines: config['allowQuotedNewlines'] === true,
  };
  const skip = Number(config['skipLeadingRows'] ?? 0);
  const nullMarker = text('nullMarker', '');
  return {
    fields: async (_, known) => {
      const fields = await needsSchema(known);
      const nested = fields.find((field) => field.type === 'RECORD' || field.mode === 'REPEATED');
      if (nested) throw invalid(`CSV cannot hold nested or repeated data: field ${nested.name}`);
      return fields;
    },
    rows: async function* (bytes, fields) {
      let line = 0;
      for await (const cells of readCsv(bytes, options))
        if (++line > skip) yield csvRow(cells, fields, { line, nullMarker, config });
    },
  };
}

function csvRow(
  cells: readonly Cell[],
  fields: readonly Field[],
  at: { line: number; nullMarker: string; config: Resource },
): Row {
  const where = `Error while reading data, error message: CSV table encountered error in row ${at.line}`;
  if (cells.length > fields.length && at.config['ignoreUnknownValues'] !== true)
    throw invalid(`${where}: Too many values: ${cells.length} for ${fields.length} columns`);
  if (cells.length < fields.length && at.config['allowJaggedRows'] !== true)
    throw invalid(`${where}: Missing values: ${cells.length} for ${fields.length} columns`);
  return fields.map((field, i) => {
    const cell = cells[i];
    const kind = scalarKind(field.type) ?? 'STRING';
    const isText = kind === 'STRING' || kind === 'BYTES';
    // Without a marker of its own an empty cell is NULL, but for text in quotes; and an empty text column is ''.
    const isNull = !cell || (!cell.quoted && cell.text === at.nullMarker) || (cell.text === '' && !isText);
    if (isNull && field.mode === 'REQUIRED')
      throw invalid(`${where}: Required column value for column ${field.name} is missing`);
    return isNull ? null : fromText(cell.text, kind, field.name);
  });
}
