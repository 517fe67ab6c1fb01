/** JSON in one line for node:readline, which ends lines at U+2028 and U+2029 too. */
export function toLine(value: unknown): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16)}`;
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, escape);
}
