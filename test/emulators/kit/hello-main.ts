import { runMain } from '../../../emulators/kit/main.ts';
import { start } from './hello.ts';

await runMain('hello', start);
