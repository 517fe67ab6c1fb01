import type { Source } from '../block.ts';

/** A numeric as Postgres prints it. */
export function printNumeric({ view }: Source, at: number): string {
  const [count, weight] = [view.getInt16(at), view.getInt16(at + 2)];
  const [sign, scale] = [view.getUint16(at + 4), view.getUint16(at + 6)];
  if (sign === 0xc000) return 'NaN';
  if (sign >= 0xd000) return sign === 0xd000 ? 'Infinity' : '-Infinity';
  const group = (place: number): string => {
    const index = weight - place;
    return String(index >= 0 && index < count ? view.getUint16(at + 8 + 2 * index) : 0).padStart(4, '0');
  };
  let whole = '';
  for (let place = Math.max(weight, 0); place >= 0; place--) whole += group(place);
  let fraction = '';
  for (let place = -1; fraction.length < scale; place--) fraction += group(place);
  const text = whole.replace(/^0+(?=\d)/, '') + (scale > 0 ? `.${fraction.slice(0, scale)}` : '');
  return sign === 0x4000 ? `-${text}` : text;
}
