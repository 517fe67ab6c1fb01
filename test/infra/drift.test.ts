import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { copyCatalog, type Folders } from '../support/folders.ts';
import { deploy, type DeployOptions, environment, runStack, withEvents, withShop } from './deploy.ts';
import { diff } from './monitor/diff.ts';
import { cloudName } from './monitor/policies/safety.ts';

// A run of the program takes seconds, and many of them on a machine that has other things to do.
jest.setTimeout(180_000);

/** What the next `pulumi up` does after a change. */
async function change(options: DeployOptions, from: DeployOptions = {}): Promise<string[]> {
  return diff(await deploy(from), await deploy(options));
}

/** The repository's catalog with one file changed. @throws Error when there is nothing to change */
function edited(path: string, text: string, replacement: string): Folders {
  const folders = copyCatalog();
  const file = join(folders.pipelines, '..', path);
  const before = readFileSync(file, 'utf8');
  if (!before.includes(text)) throw new Error(`${path} has no ${text}`);
  writeFileSync(file, before.replace(text, replacement));
  return folders;
}

describe('what a change changes', () => {
  const shop = withShop();

  test('nothing: two runs are the same to the byte', async () => {
    expect(diff(await runStack(), await runStack())).toEqual([]);
  });

  test('nothing: the same catalog from another folder', async () => {
    expect(await change({ folders: copyCatalog() })).toEqual([]);
  });

  test('a pipeline more', async () => {
    expect(await change({ folders: shop })).toMatchInlineSnapshot(`
     [
       "+ AlertPolicy late-shop",
       "± BucketObject audit-code, encode-code, extract-code, generate-code, load-code, merge-code, notify-code: name, source",
       "~ Dashboard dashboard: dashboardJson",
       "+ Dataset shop, shop_staging",
       "+ DatasetIamMember audit-reads-shop_staging, extract-writes-shop, load-writes-shop_staging, merge-writes-shop, merge-writes-shop_staging",
       "~ Function audit, encode, extract, generate, load, merge, notify: buildConfig.source.storageSource.object",
       "+ Job alir-prod-shop",
       "~ Metric triggererrors: filter",
       "+ Table shop.thing",
     ]
    `);
  });

  test('a pipeline less', async () => {
    expect(await change({}, { folders: shop })).toMatchInlineSnapshot(`
     [
       "- AlertPolicy late-shop",
       "± BucketObject audit-code, encode-code, extract-code, generate-code, load-code, merge-code, notify-code: name, source",
       "~ Dashboard dashboard: dashboardJson",
       "- Dataset shop, shop_staging",
       "- DatasetIamMember audit-reads-shop_staging, extract-writes-shop, load-writes-shop_staging, merge-writes-shop, merge-writes-shop_staging",
       "~ Function audit, encode, extract, generate, load, merge, notify: buildConfig.source.storageSource.object",
       "- Job alir-prod-shop",
       "~ Metric triggererrors: filter",
       "- Table shop.thing",
     ]
    `);
  });

  test('a pipeline more that takes events', async () => {
    expect(await change({ folders: withEvents() })).toMatchInlineSnapshot(`
     [
       "~ AlertPolicy old-message: conditions.0.conditionThreshold.filter",
       "± BucketObject audit-code, encode-code, extract-code, generate-code, load-code, merge-code, notify-code: name, source",
       "~ Dashboard dashboard: dashboardJson",
       "+ Dataset entries",
       "~ Function audit, encode, extract, generate, load, merge, notify: buildConfig.source.storageSource.object",
       "+ IamMember pubsub-agent-dataEditor-entries.entry, pubsub-agent-metadataViewer-entries.entry",
       "+ Schema alir-prod-events-entries",
       "+ Subscription alir-prod-events-entries",
       "+ SubscriptionIAMMember pubsub-agent-subscribes-alir-prod-events-entries",
       "+ Table entries.entry",
       "+ Topic alir-prod-events-entries",
     ]
    `);
  });

  test('another schedule', async () => {
    const folders = edited('pipelines/library.yaml', "'15 * * * *'", "'30 * * * *'");
    expect(await change({ folders })).toMatchInlineSnapshot(`
     [
       "~ AlertPolicy late-library: documentation.content",
       "± BucketObject audit-code, encode-code, extract-code, generate-code, load-code, merge-code, notify-code: name, source",
       "~ Dashboard dashboard: dashboardJson",
       "~ Function audit, encode, extract, generate, load, merge, notify: buildConfig.source.storageSource.object",
       "~ Job alir-prod-library: schedule "15 * * * *" → "30 * * * *"",
     ]
    `);
  });

  test('a nullable field more', async () => {
    const [stock, isbn] = [
      '{ "name": "stock"',
      '{ "name": "isbn", "type": ["null", "string"], "default": null, "doc": "Its number." }',
    ];
    const folders = edited('schemas/library/book.avsc', stock, `${isbn}, ${stock}`);
    expect(await change({ folders })).toMatchInlineSnapshot(`
     [
       "± BucketObject audit-code, encode-code, extract-code, generate-code, load-code, merge-code, notify-code: name, source",
       "~ Function audit, encode, extract, generate, load, merge, notify: buildConfig.source.storageSource.object",
       "~ Table library.book: +schema.isbn, schema.order",
     ]
    `);
  });

  test('a table that is partitioned and clustered', async () => {
    const settings =
      'cursor: updated_at\n    partition: { field: created_at, by: month, immutable: true }\n    cluster: [title]';
    const folders = edited('pipelines/library.yaml', 'cursor: updated_at', settings);
    expect(await change({ folders })).toMatchInlineSnapshot(`
     [
       "± BucketObject audit-code, encode-code, extract-code, generate-code, load-code, merge-code, notify-code: name, source",
       "~ Function audit, encode, extract, generate, load, merge, notify: buildConfig.source.storageSource.object",
       "± Table library.book: +clusterings, +timePartitioning",
     ]
    `);
  });

  test('a function with more memory', async () => {
    const config = { 'alir:functions': JSON.stringify({ encode: { memoryMiB: 2048 } }) };
    expect(await change({ config })).toMatchInlineSnapshot(`
     [
       "~ Function encode: serviceConfig.availableMemory "1024Mi" → "2048Mi"",
     ]
    `);
  });

  test('production in place of the cheap profile', async () => {
    const profile = (name: string): DeployOptions => ({ config: { 'alir:profile': name } });
    expect(await change(profile('production'), profile('cheap'))).toMatchInlineSnapshot(`
     [
       "~ Bucket lake, quarantine: forceDestroy true → false, protect false → true",
       "~ Database alir, application: protect false → true",
       "~ DatabaseInstance postgres: deletionProtection false → true, protect false → true, settings.availabilityType "ZONAL" → "REGIONAL", settings.backupConfiguration.backupRetentionSettings.retainedBackups 7 → 30, settings.backupConfiguration.pointInTimeRecoveryEnabled false → true, +settings.backupConfiguration.transactionLogRetentionDays, settings.deletionProtectionEnabled false → true, settings.tier "db-g1-small" → "db-custom-2-7680"",
       "~ Dataset library, library_staging: deleteContentsOnDestroy true → false, protect false → true",
       "~ Table library.book, library.member, library.rent: deletionProtection false → true, protect false → true",
     ]
    `);
  });
});

test('two environments in one project share no name', async () => {
  const names = async (name: string): Promise<string[]> => {
    const { resources } = await deploy({ environment: { ...environment, name, datasetPrefix: `${name}_` } });
    return resources.flatMap((resource) => cloudName(resource) ?? []);
  };
  const [one, other] = [await names('one'), await names('two')];
  expect(one.length).toBeGreaterThan(0);
  expect(one.filter((name) => other.includes(name))).toEqual([]);
});

describe('the difference of two graphs', () => {
  const graph = (inputs: Record<string, unknown>, name = 'a', type = 'x/y:Thing') => ({
    resources: [
      {
        urn: `urn:${name}`,
        type,
        name,
        inputs,
        custom: true,
        parent: '',
        dependencies: [],
        propertyDependencies: {},
        protect: inputs['protected'] === true,
        retainOnDelete: false,
        ignoreChanges: [],
      },
    ],
    outputs: {},
    assets: new Map(),
  });
  const long = 'x'.repeat(50);

  test.each([
    ['a value', { deep: { list: [1] } }, { deep: { list: [2] } }, ['~ Thing a: deep.list.0 1 → 2']],
    ['a value more, and one less', { a: 1 }, { b: 1 }, ['~ Thing a: -a, +b']],
    ['a long value', { a: long }, { a: `${long}y` }, ['~ Thing a: a']],
    ['a list in a string', { s: '[{"n":1}]' }, { s: '[{"n":1},{"n":2}]' }, ['~ Thing a: +s.1']],
    [
      'a column before others',
      { schema: '[{"name":"id"},{"name":"at"}]' },
      { schema: '[{"name":"id"},{"name":"title"},{"name":"at"}]' },
      ['~ Thing a: schema.order "id, at" → "id, title, at", +schema.title'],
    ],
    ['what it is known by', { name: 'a' }, { name: 'b' }, ['± Thing a: name "a" → "b"']],
    ['the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ['a hash', { a: '0123456789abcdef' }, { a: 'fedcba9876543210' }, ['~ Thing a: a']],
    ['protection', {}, { protected: true }, ['~ Thing a: protect false → true, +protected']],
  ])('%s', (_what, from, to, expected) => {
    expect(diff(graph(from), graph(to))).toEqual(expected);
  });

  test('a table is partitioned when it is made, and at no other time', () => {
    const of = (inputs: Record<string, unknown>) => graph(inputs, 'a', 'bigquery/table:Table');
    expect(diff(of({}), of({ timePartitioning: { type: 'DAY' } }))).toEqual(['± Table a: +timePartitioning']);
    expect(diff(of({}), of({ clusterings: ['a'] }))).toEqual(['~ Table a: +clusterings']);
  });

  test('what happens to several is said once', () => {
    const both = (value: number) => {
      const resources = ['b', 'a'].flatMap((name) => graph({ value }, name).resources);
      return { ...graph({}), resources };
    };
    expect(diff(both(1), both(2))).toEqual(['~ Thing a, b: value 1 → 2']);
  });

  test('one more, one less', () => {
    expect(diff(graph({}, 'a'), graph({}, 'b'))).toEqual(['- Thing a', '+ Thing b']);
  });
});
