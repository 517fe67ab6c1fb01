import { invalid } from '../errors.ts';
import type { Bytes } from './lines.ts';
import { readText } from './lines.ts';

export interface CsvOptions {
  readonly delimiter: string;
  /** Empty for none. */
  readonly quote: string;
  readonly allowQuotedNewlines: boolean;
}

/** A cell, and whether it stood in quotes: an empty cell is NULL, an empty quoted one is ''. */
export interface Cell {
  readonly text: string;
  readonly quoted: boolean;
}

/** RFC 4180, a row at a time: https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-csv */
export async function* readCsv(bytes: Bytes, options: CsvOptions): AsyncGenerator<Cell[]> {
  const parser = new CsvParser(options);
  for await (const text of readText(bytes)) yield* parser.push(text);
  yield* parser.end();
}

class CsvParser {
  readonly #options: CsvOptions;
  #rows: Cell[][] = [];
  #row: Cell[] = [];
  #text = '';
  #quoted = false;
  #inQuotes = false;
  /** A quote inside quotes: the end of them, or the first half of a doubled one. */
  #maybeEnd = false;
  #line = 1;

  constructor(options: CsvOptions) {
    this.#options = options;
  }

  push(text: string): Cell[][] {
    for (const char of text) this.#take(char);
    return this.#drain();
  }

  end(): Cell[][] {
    if (this.#inQuotes && !this.#maybeEnd)
      throw invalid(
        `Error detected while parsing row starting at line ${this.#line}: Missing close quote character (").`,
      );
    if (this.#row.length > 0 || this.#text !== '' || this.#quoted) this.#endRow();
    return this.#drain();
  }

  #drain(): Cell[][] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #take(char: string): void {
    const { quote, delimiter } = this.#options;
    if (this.#maybeEnd) {
      this.#maybeEnd = false;
      if (char === quote) {
        this.#text += quote;
        return;
      }
      this.#inQuotes = false;
    } else if (this.#inQuotes) {
      this.#takeQuoted(char);
      return;
    }
    if (char === quote && quote !== '' && this.#text === '' && !this.#quoted) {
      this.#inQuotes = true;
      this.#quoted = true;
    } else if (char === delimiter) this.#endCell();
    else if (char === '\n') this.#endRow();
    else if (this.#quoted && char !== '\r')
      throw invalid(
        `Error detected while parsing row starting at line ${this.#line}: Data between close quote character (") and field separator.`,
      );
    else this.#text += char;
  }

  #takeQuoted(char: string): void {
    if (char === this.#options.quote) this.#maybeEnd = true;
    else if (char === '\n' && !this.#options.allowQuotedNewlines) {
      throw invalid(
        `Error detected while parsing row starting at line ${this.#line}: Missing close quote character ("). Set allowQuotedNewlines for line breaks in quotes.`,
      );
    } else this.#text += char;
  }

  #endCell(): void {
    this.#row.push({ text: this.#text, quoted: this.#quoted });
    this.#text = '';
    this.#quoted = false;
  }

  #endRow(): void {
    if (!this.#quoted && this.#text.endsWith('\r')) this.#text = this.#text.slice(0, -1);
    const blank = this.#row.length === 0 && this.#text === '' && !this.#quoted;
    this.#endCell();
    if (!blank) this.#rows.push(this.#row);
    this.#row = [];
    this.#line++;
  }
}
