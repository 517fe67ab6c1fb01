/** So many rows are at most a share of them. 29 % of 100 is 28.999999999999996 to a computer. */
export function rowsOfShare(share: number, rows: number): number {
  return Math.floor(share * rows + 1e-6);
}
