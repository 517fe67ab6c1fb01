import { describe, expect, it } from '@jest/globals';
import { release } from '../../../../functions/transcoder/memory.ts';

describe('release', () => {
  it('gives back what a buffer has for itself', () => {
    const bytes = Buffer.allocUnsafeSlow(16);
    release(bytes);
    expect(bytes.buffer.byteLength).toBe(0);
  });

  it('gives back the whole memory that a large buffer is cut from', () => {
    const whole = Buffer.allocUnsafeSlow(2 * Buffer.poolSize);
    release(whole.subarray(10, 20));
    expect(whole.buffer.byteLength).toBe(0);
  });

  it("leaves Node's pool alone", () => {
    const neighbour = Buffer.from('neighbour');
    const bytes = Buffer.from('bytes');
    expect(bytes.buffer.byteLength).toBeGreaterThan(bytes.length);
    release(bytes);
    expect(bytes.toString()).toBe('bytes');
    expect(neighbour.toString()).toBe('neighbour');
  });
});
