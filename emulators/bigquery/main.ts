import { runMain } from '../kit/main.ts';
import { start } from './index.ts';

await runMain('bigquery', start);
