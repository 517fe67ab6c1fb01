import { audit } from './audit.ts';
import { encode } from './encode.ts';
import { extract } from './extract.ts';
import { serve } from './gcp/serve.ts';
import { generate } from './generate.ts';
import { load } from './load.ts';
import { merge } from './merge.ts';
import { notify } from './notify.ts';

serve(generate);
serve(extract);
serve(encode);
serve(load);
serve(audit);
serve(merge);
serve(notify);
