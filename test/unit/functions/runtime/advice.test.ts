import { expect, test } from '@jest/globals';
import { adviceOn } from '../../../../functions/runtime/advice.ts';

test('it is said whose turn it is', () => {
  expect(adviceOn('RESOURCE_MISSING')).toEqual({ whose: 'yours', next: expect.stringContaining('pulumi up') });
  expect(adviceOn('GAVE_UP')).toEqual({ whose: 'ours', next: expect.stringContaining('log') });
});
