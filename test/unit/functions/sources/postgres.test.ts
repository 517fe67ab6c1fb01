import { expect, test } from '@jest/globals';
import { quote, quoteTable } from '../../../../functions/sources/postgres.ts';

test('names are quoted, whatever they hold', () => {
  expect(quote('order')).toBe('"order"');
  expect(quoteTable('a"; drop table b --')).toBe('public."a""; drop table b --"');
});
