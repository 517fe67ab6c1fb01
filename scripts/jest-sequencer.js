// Jest begins with what took longest the last time, and where there was no last time, with the largest files. Those that
// take minutes are not large: begun last, they would keep one core busy while the other has nothing left to do.
import Sequencer from '@jest/test-sequencer';

const LONG = ['simulation/simulation', 'infra/drift', 'pipeline/start', 'simulation/mutants', 'infra/databases'];

export default class LongFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const found = LONG.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      return found < 0 ? LONG.length : found;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}
