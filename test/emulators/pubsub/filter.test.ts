import { describe, expect, test } from '@jest/globals';
import { parseFilter } from '../../../emulators/pubsub/filter.ts';

const MESSAGE = { domain: 'com', 'iana.org/language_tag': 'en', empty: '', 'a-b': 'x"y\\', みんな: 'ü' };

describe('a filter lets a message through', () => {
  test.each([
    ['', true],
    ['attributes:domain', true],
    ['attributes : domain', true],
    ['attributes:missing', false],
    ['attributes:empty', true],
    ['attributes:constructor', false],
    ['attributes."iana.org/language_tag" = "en"', true],
    ['attributes:"iana.org/language_tag"', true],
    ['attributes:"\\u307F\\u3093\\u306A"', true],
    ['attributes."みんな" = "\\xfc"', true],
    ['attributes."みんな" = "\\374"', true],
    ['attributes.a-b = "x\\"y\\\\"', true],
    ['attributes.domain="com"', true],
    ['attributes.domain = "COM"', false],
    ['attributes.domain != "com"', false],
    ['attributes.domain != "org"', true],
    ['attributes.missing != "com"', true],
    ['hasPrefix(attributes.domain, "co")', true],
    ['hasPrefix(attributes.domain, "x")', false],
    ['hasPrefix(attributes.missing, "")', false],
    ['hasPrefix(attributes.toString, "f")', false],
    ['NOT attributes:domain', false],
    ['-attributes:missing', true],
    ['NOT (attributes:domain AND attributes:missing)', true],
    ['attributes:domain AND attributes:missing', false],
    ['attributes:domain AND attributes:empty AND NOT attributes:missing', true],
    ['attributes:missing OR attributes:nowhere OR attributes:domain', true],
    ['attributes:domain AND (attributes.domain = "net" OR attributes.domain = "com")', true],
    ['(attributes:missing OR attributes:domain) AND -hasPrefix(attributes.domain, "n")', true],
  ])('%s is %s', (source, expected) => {
    expect(parseFilter(source)(MESSAGE)).toBe(expected);
  });
});

describe('a filter is refused', () => {
  test.each([
    'nonsense',
    'attributes',
    'attributes:',
    'attributes.a',
    'attributes.a = b',
    "attributes.a = 'b'",
    'attributes.a == "b"',
    'attributes.a < "b"',
    'attributes:a attributes:b',
    'attributes:a and attributes:b',
    'attributes:a AND',
    'attributes:a AND attributes:b OR attributes:c',
    'attributes:a OR attributes:b AND attributes:c',
    '(attributes:a',
    'attributes:a)',
    'NOT NOT attributes:a',
    'hasPrefix(attributes.a "b")',
    'data = "x"',
    'attributes.a = "unfinished',
    'attributes.a = "\\U00110000"',
    `attributes.a = "${'x'.repeat(250)}"`,
    '   ',
  ])('%s', (source) => {
    expect(() => parseFilter(source)).toThrow(/Invalid filter/);
  });
});
