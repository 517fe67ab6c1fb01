import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { describeError, failureOf, TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';

describe('an error is terminal or transient at birth', () => {
  test('and says which, with a code and a cause', () => {
    const cause = new Error('socket hang up');
    const error = new TerminalError('JOB_FAILED', 'no', { cause });
    expect(error).toMatchObject({ name: 'TerminalError', code: 'JOB_FAILED', message: 'no', cause });
    expect(error).not.toBeInstanceOf(TransientError);
    expect(new TransientError('LEASE_LOST', 'no')).not.toBeInstanceOf(TerminalError);
    expect(new TransientError('LEASE_LOST', 'no')).toBeInstanceOf(Error);
  });
});

describe('an error as the ledger keeps it', () => {
  test.each<[string, unknown, object]>([
    [
      'one of ours',
      new TerminalError('AUDIT_FAILED', 'no'),
      { errorClass: 'terminal', code: 'AUDIT_FAILED', text: 'no' },
    ],
    [
      'one that passes',
      new TransientError('LEASE_LOST', 'no'),
      { errorClass: 'transient', code: 'LEASE_LOST', text: 'no' },
    ],
    [
      'a bug',
      new TypeError('x is not a function'),
      { errorClass: 'unknown', code: 'UNCLASSIFIED', text: 'x is not a function' },
    ],
    ['no error at all', 'no', { errorClass: 'unknown', code: 'UNCLASSIFIED', text: 'no' }],
  ])('%s', (_, error, expected) => {
    expect(failureOf(error)).toEqual(expected);
  });
});

describe('an error in one line', () => {
  test.each<[string, unknown, string]>([
    ['its message', new Error('no'), 'no'],
    ['with its causes', new Error('a', { cause: new Error('b', { cause: new Error('c') }) }), 'a: b: c'],
    [
      'a cause that is told already is told once',
      new Error('fetch failed: down', { cause: new Error('down') }),
      'fetch failed: down',
    ],
    ['a cause that is no error', new Error('a', { cause: 'b' }), 'a: b'],
    ['no message, but a code', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['no message and no code', new TypeError(''), 'TypeError'],
    ['a text', 'no', 'no'],
    ['nothing', undefined, 'undefined'],
    ['an error of another realm', runInNewContext('new Error("elsewhere")'), 'elsewhere'],
  ])('%s', (_, error, text) => {
    expect(describeError(error)).toBe(text);
  });

  test('the refused connection of fetch', async () => {
    const error: unknown = await fetch('http://127.0.0.1:1/').catch((thrown: unknown) => thrown);
    expect(describeError(error)).toMatch(/^fetch failed: .+/);
  });
});
