import { invalidQuery } from '../errors.ts';
import { analyzeOutput } from '../sql/execute/select.ts';
import { newContext } from '../sql/execute/session.ts';
import { parseScript } from '../sql/parse/script.ts';
import type { TableRef } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import type { Field } from '../types/schema.ts';

/** The columns that a view's query yields. @throws ApiError invalidQuery for what is no SELECT */
export function viewFields(store: Store, ref: TableRef, query: string): readonly Field[] {
  const [statement, ...more] = parseScript(query);
  if (statement?.k !== 'select' || more.length > 0) throw invalidQuery('A view needs one SELECT statement');
  const parameter = (): never => {
    throw invalidQuery('Query parameters cannot be used in a view');
  };
  const { context } = newContext({ store, projectId: ref.projectId, defaultDataset: undefined, parameter });
  return analyzeOutput(statement.query, context).fields;
}
