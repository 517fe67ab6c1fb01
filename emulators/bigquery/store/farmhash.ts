/**
 * Fingerprint64 of FarmHash, which is FARM_FINGERPRINT: https://github.com/google/farmhash (farmhashna::Hash64).
 * The names k0, k1, k2, v, w, x, y, z are those of the original.
 */
const MASK = (1n << 64n) - 1n;
const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;

const u64 = (value: bigint): bigint => value & MASK;
const rotate = (value: bigint, by: bigint): bigint => (by === 0n ? value : u64((value >> by) | (value << (64n - by))));
const shiftMix = (value: bigint): bigint => value ^ (value >> 47n);

/** The hash as INT64. */
export function farmFingerprint(bytes: Uint8Array): bigint {
  return BigInt.asIntN(64, hash64(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
}

function hash64(s: Buffer): bigint {
  if (s.length <= 16) return hash0to16(s);
  if (s.length <= 32) return hash17to32(s);
  if (s.length <= 64) return hash33to64(s);
  return hashLong(s);
}

const fetch64 = (s: Buffer, at: number): bigint => s.readBigUInt64LE(at);
const fetch32 = (s: Buffer, at: number): bigint => BigInt(s.readUInt32LE(at));

function hash16(u: bigint, v: bigint, mul: bigint): bigint {
  let a = u64((u ^ v) * mul);
  a ^= a >> 47n;
  let b = u64((v ^ a) * mul);
  b ^= b >> 47n;
  return u64(b * mul);
}

function hash0to16(s: Buffer): bigint {
  const n = s.length;
  const mul = u64(k2 + BigInt(n) * 2n);
  if (n >= 8) {
    const a = u64(fetch64(s, 0) + k2);
    const b = fetch64(s, n - 8);
    return hash16(u64(rotate(b, 37n) * mul + a), u64((rotate(a, 25n) + b) * mul), mul);
  }
  if (n >= 4) return hash16(BigInt(n) + (fetch32(s, 0) << 3n), fetch32(s, n - 4), mul);
  if (n === 0) return k2;
  const y = BigInt(s.readUInt8(0)) + (BigInt(s.readUInt8(n >> 1)) << 8n);
  const z = BigInt(n) + (BigInt(s.readUInt8(n - 1)) << 2n);
  return u64(shiftMix(u64(y * k2) ^ u64(z * k0)) * k2);
}

function hash17to32(s: Buffer): bigint {
  const n = s.length;
  const mul = u64(k2 + BigInt(n) * 2n);
  const a = u64(fetch64(s, 0) * k1);
  const b = fetch64(s, 8);
  const c = u64(fetch64(s, n - 8) * mul);
  const d = u64(fetch64(s, n - 16) * k2);
  return hash16(u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d), u64(a + rotate(u64(b + k2), 18n) + c), mul);
}

function hash33to64(s: Buffer): bigint {
  const n = s.length;
  const mul = u64(k2 + BigInt(n) * 2n);
  const a = u64(fetch64(s, 0) * k2);
  const b = fetch64(s, 8);
  const c = u64(fetch64(s, n - 8) * mul);
  const d = u64(fetch64(s, n - 16) * k2);
  const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
  const z = hash16(y, u64(a + rotate(u64(b + k2), 18n) + c), mul);
  const e = u64(fetch64(s, 16) * mul);
  const f = fetch64(s, 24);
  const g = u64((y + fetch64(s, n - 32)) * mul);
  const h = u64((z + fetch64(s, n - 24)) * mul);
  return hash16(u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h), u64(e + rotate(u64(f + a), 18n) + g), mul);
}

function weakHash32(s: Buffer, at: number, seedA: bigint, seedB: bigint): [bigint, bigint] {
  const [w, x, y, z] = [fetch64(s, at), fetch64(s, at + 8), fetch64(s, at + 16), fetch64(s, at + 24)];
  let a = u64(seedA + w);
  let b = rotate(u64(seedB + a + z), 21n);
  const c = a;
  a = u64(a + x + y);
  b = u64(b + rotate(a, 44n));
  return [u64(a + z), u64(b + c)];
}

function hashLong(s: Buffer): bigint {
  const seed = 81n;
  const n = s.length;
  const end = Math.floor((n - 1) / 64) * 64;
  const last = end + ((n - 1) & 63) - 63;
  let x = seed;
  let y = u64(seed * k1 + 113n);
  let z = u64(shiftMix(u64(y * k2 + 113n)) * k2);
  let v: [bigint, bigint] = [0n, 0n];
  let w: [bigint, bigint] = [0n, 0n];
  x = u64(x * k2 + fetch64(s, 0));
  for (let at = 0; at < end; at += 64) {
    x = u64(rotate(u64(x + y + v[0] + fetch64(s, at + 8)), 37n) * k1) ^ w[1];
    y = u64(rotate(u64(y + v[1] + fetch64(s, at + 48)), 42n) * k1 + v[0] + fetch64(s, at + 40));
    z = u64(rotate(u64(z + w[0]), 33n) * k1);
    v = weakHash32(s, at, u64(v[1] * k1), u64(x + w[0]));
    w = weakHash32(s, at + 32, u64(z + w[1]), u64(y + fetch64(s, at + 16)));
    [z, x] = [x, z];
  }
  const mul = u64(k1 + ((z & 0xffn) << 1n));
  w[0] = u64(w[0] + BigInt((n - 1) & 63));
  v[0] = u64(v[0] + w[0]);
  w[0] = u64(w[0] + v[0]);
  x = u64(rotate(u64(x + y + v[0] + fetch64(s, last + 8)), 37n) * mul) ^ u64(w[1] * 9n);
  y = u64(rotate(u64(y + v[1] + fetch64(s, last + 48)), 42n) * mul + v[0] * 9n + fetch64(s, last + 40));
  z = u64(rotate(u64(z + w[0]), 33n) * mul);
  v = weakHash32(s, last, u64(v[1] * mul), u64(x + w[0]));
  w = weakHash32(s, last + 32, u64(z + w[1]), u64(y + fetch64(s, last + 16)));
  [z, x] = [x, z];
  return hash16(u64(hash16(v[0], w[0], mul) + shiftMix(y) * k0 + z), u64(hash16(v[1], w[1], mul) + x), mul);
}
