import { describe, expect, test } from '@jest/globals';
import { ApiError } from '../../../emulators/kit/errors.ts';
import { compileRoutes, type Handler } from '../../../emulators/kit/router.ts';

/** A handler that can be told from others. */
const named = (name: string): Handler => Object.assign(() => ({ body: name }), { routeName: name });
const routes = {
  'GET /v1/topics/{topic}': named('topic'),
  'POST /v1/topics/{topic}:publish': named('publish'),
  'POST /v1/topics/{topic}': named('post'),
  'GET /b/{bucket}/o/{object=**}': named('object'),
  'GET /v1/a.b+c': named('literal'),
  'GET /v1/{project}/tables/{table}': named('table'),
};
const match = compileRoutes(routes);

describe('routes', () => {
  test.each([
    ['GET', '/v1/topics/t', 'topic', { topic: 't' }],
    ['POST', '/v1/topics/t:publish', 'publish', { topic: 't' }],
    ['POST', '/v1/topics/a:b:publish', 'publish', { topic: 'a:b' }],
    ['POST', '/v1/topics/t', 'post', { topic: 't' }],
    ['GET', '/v1/p/tables/t', 'table', { project: 'p', table: 't' }],
    ['GET', '/b/x/o/one/two%2Fthree', 'object', { bucket: 'x', object: 'one/two/three' }],
    ['GET', '/v1/topics/%C3%BC%20%3A', 'topic', { topic: 'ü :' }],
    ['GET', '/v1/a.b+c', 'literal', {}],
  ])('%s %s is %s', (method, path, name, params) => {
    const found = match(method, path);
    expect(found?.handler).toHaveProperty('routeName', name);
    expect(found?.params).toEqual(params);
  });

  test.each([
    ['DELETE', '/v1/topics/t'],
    ['GET', '/v1/topics/'],
    ['GET', '/v1/topics/t/more'],
    ['GET', '/x/v1/topics/t'],
    ['GET', '/v1/aXb+c'],
    ['GET', '/b/x/o/'],
  ])('%s %s is none', (method, path) => {
    expect(match(method, path)).toBeUndefined();
  });

  test('a malformed percent-escape is the caller’s mistake', () => {
    expect(() => match('GET', '/v1/topics/%zz')).toThrow(ApiError);
  });

  test('a key that is no route is ours', () => {
    expect(() => compileRoutes({ 'GET/v1': named('x') })).toThrow('route "GET/v1" is not "METHOD /path"');
  });
});
