import { invalid } from './checks.ts';
import { tokenize, unescape } from './filter-tokens.ts';
import { FILTER_MAX_BYTES } from './limits.ts';

type Attributes = Readonly<Record<string, string>>;
export type Filter = (attributes: Attributes) => boolean;

/**
 * Compiles Pub/Sub's filter language to a predicate; the empty filter lets everything through.
 *
 *     expression = term { AND term } | term { OR term }      (a mixture needs parentheses)
 *     term       = [ NOT | - ] ( "(" expression ")" | condition )
 *     condition  = attributes:key | attributes.key = "v" | attributes.key != "v" | hasPrefix(attributes.key, "p")
 *
 * @throws ApiError INVALID_ARGUMENT, see https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax
 */
export function parseFilter(source: string): Filter {
  if (source === '') return () => true;
  if (Buffer.byteLength(source) > FILTER_MAX_BYTES) {
    throw invalid(`Invalid filter: longer than ${FILTER_MAX_BYTES} bytes.`);
  }
  const parser = new FilterParser(source);
  const filter = parser.expression();
  parser.expectEnd();
  return filter;
}

class FilterParser {
  readonly #source: string;
  readonly #tokens: string[];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  expression(): Filter {
    const terms = [this.#term()];
    const operator = this.#peek();
    if (operator !== 'AND' && operator !== 'OR') return this.#single(terms);
    while (this.#take(operator)) terms.push(this.#term());
    if (this.#peek() === (operator === 'AND' ? 'OR' : 'AND')) throw this.#error('AND and OR need parentheses');
    return operator === 'AND'
      ? (attributes) => terms.every((term) => term(attributes))
      : (attributes) => terms.some((term) => term(attributes));
  }

  expectEnd(): void {
    if (this.#at < this.#tokens.length) throw this.#error(`unexpected ${this.#peek() ?? ''}`);
  }

  #single([term]: Filter[]): Filter {
    if (!term) throw this.#error('empty expression');
    return term;
  }

  #term(): Filter {
    if (this.#take('NOT') || this.#take('-')) {
      const negated = this.#primary();
      return (attributes) => !negated(attributes);
    }
    return this.#primary();
  }

  #primary(): Filter {
    if (this.#take('(')) {
      const inner = this.expression();
      this.#expect(')');
      return inner;
    }
    return this.#take('hasPrefix') ? this.#hasPrefix() : this.#condition();
  }

  #hasPrefix(): Filter {
    this.#expect('(');
    this.#expect('attributes');
    this.#expect('.');
    const key = this.#key();
    this.#expect(',');
    const prefix = this.#string();
    this.#expect(')');
    return (attributes) => valueOf(attributes, key)?.startsWith(prefix) ?? false;
  }

  #condition(): Filter {
    this.#expect('attributes');
    if (this.#take(':')) {
      const present = this.#key();
      return (attributes) => valueOf(attributes, present) !== undefined;
    }
    this.#expect('.');
    const key = this.#key();
    const negated = this.#take('!=');
    if (!negated) this.#expect('=');
    const value = this.#string();
    // A message without the attribute is "not equal" too.
    return (attributes) => (valueOf(attributes, key) === value) !== negated;
  }

  #key(): string {
    if (this.#peek()?.startsWith('"')) return this.#string();
    const token = this.#tokens[this.#at++];
    if (token === undefined || !/^[A-Za-z0-9_]/.test(token)) throw this.#error('an attribute key is missing');
    return token;
  }

  #string(): string {
    const token = this.#tokens[this.#at++];
    if (!token?.startsWith('"')) throw this.#error('a string in double quotes is missing');
    return unescape(token.slice(1, -1), (reason) => this.#error(reason));
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw this.#error(`"${token}" expected, found ${this.#peek() ?? 'the end'}`);
  }

  #error(reason: string): Error {
    return invalid(`Invalid filter "${this.#source}": ${reason}.`);
  }
}

/** An attribute may be called like a method of Object. */
function valueOf(attributes: Attributes, key: string): string | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}
