import { TerminalError } from '../runtime/errors.ts';
import { Source } from './block.ts';

/** The same file gives the same answer, so whoever wrote it has to write it again. */
export function brokenFile(what: string): TerminalError {
  return new TerminalError(
    'SOURCE_REFUSED',
    `the Avro file is broken: ${what}; nothing of it is stored. Write the file again, or fetch it again`,
  );
}

/** Avro's records, read from the front: https://avro.apache.org/docs/1.12.0/specification/#primitive-types-1 */
export class Input extends Source {
  /** Where the next byte is read; reading behind the last one throws a RangeError. */
  at = 0;
  /** Both halves of the last 64-bit integer, for a number is exact to 53 bits only. */
  high = 0;
  low = 0;

  /** @throws TerminalError for more than 32 bits */
  readInt(): number {
    const { view } = this;
    let byte = view.getUint8(this.at++);
    let bits = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = view.getUint8(this.at++);
      if (shift === 28 && byte > 0x0f) throw brokenFile('an int of more than 32 bits');
      bits |= (byte & 0x7f) << shift;
    }
    return (bits >>> 1) ^ -(bits & 1);
  }

  /** Into `high` and `low`, both with a sign. @throws TerminalError for more than 64 bits */
  readLong(): void {
    const lower = this.#read28();
    const middle = this.#more ? this.#read28() : 0;
    let upper = 0;
    if (this.#more) {
      upper = this.view.getUint8(this.at++);
      const last = upper > 0x7f ? this.view.getUint8(this.at++) : 0;
      if (last > 1) throw brokenFile('a long of more than 64 bits');
      upper = (upper & 0x7f) | (last << 7);
    }
    const low = lower | (middle << 28);
    const high = (middle >>> 4) | (upper << 24);
    const sign = -(low & 1);
    this.low = ((low >>> 1) | (high << 31)) ^ sign;
    this.high = (high >>> 1) ^ sign;
  }

  #more = false;

  /** Up to four bytes; `#more` says that the integer goes on. */
  #read28(): number {
    let bits = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.view.getUint8(this.at++);
      bits |= (byte & 0x7f) << shift;
      this.#more = byte > 0x7f;
      if (!this.#more) break;
    }
    return bits;
  }

  /** A length whose bytes are there. @throws TerminalError when they are not */
  readLength(): number {
    this.readLong();
    const left = this.bytes.length - this.at;
    if (this.high !== 0 || this.low < 0 || this.low > left) throw brokenFile('a length beyond the end of its block');
    return this.low;
  }

  /** How many items or entries follow, 0 for the end; negative ones have their size behind, which nobody needs. */
  readCount(): number {
    this.readLong();
    const [high, low] = [this.high, this.low];
    if (high !== low >> 31 || low === -0x8000_0000) throw brokenFile('a count beyond all bounds');
    if (low < 0) this.readLong();
    return Math.abs(low);
  }

  /** True for the value, false for null. @throws TerminalError for a third branch */
  readBranch(): boolean {
    const branch = this.readInt();
    if (branch !== 0 && branch !== 1) throw brokenFile(`branch ${branch} of a union of two`);
    return branch === 1;
  }
}
