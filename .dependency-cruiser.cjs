// The arrows of the design: what is not allowed here is forbidden. `npm run imports` checks them, and a test runs it.
const room = (name) => `^${name}/`;
const onlyFrom = (from, allowed, comment) => ({
  name: `${from}-imports`,
  severity: 'error',
  comment,
  from: { path: room(from) },
  to: { path: '^(?:emulators|functions|infra|pipelines|schemas|scripts|test)/', pathNot: [from, ...allowed].map(room) },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    onlyFrom('schemas', [], 'A contract depends on nothing.'),
    onlyFrom('pipelines', ['schemas'], 'What runs knows what rows look like, and not how it runs.'),
    onlyFrom('functions', ['pipelines', 'schemas'], 'How it runs; it never knows where.'),
    onlyFrom('infra', ['pipelines', 'schemas'], 'The plan becomes Pulumi resources.'),
    onlyFrom('emulators', [], "The local cloud knows Google's APIs and nothing of this project."),
    onlyFrom('scripts', ['pipelines', 'schemas', 'functions', 'emulators'], 'The CLI and developer tasks.'),
    {
      name: 'emulators-only-from-up',
      severity: 'error',
      comment: 'Only the command that starts the local cloud may know that it is one.',
      from: { path: '^scripts/', pathNot: '^scripts/up/' },
      to: { path: '^emulators/' },
    },
    {
      name: 'emulators-are-strangers',
      severity: 'error',
      comment: 'Emulators meet over HTTP and gRPC, as in production.',
      from: { path: '^emulators/([^/]+)/' },
      to: { path: '^emulators/', pathNot: ['^emulators/$1/', '^emulators/kit/'] },
    },
    {
      name: 'kit-knows-no-emulator',
      severity: 'error',
      from: { path: '^emulators/kit/' },
      to: { path: '^emulators/', pathNot: '^emulators/kit/' },
    },
    {
      name: 'google-clients-in-gcp-only',
      severity: 'error',
      comment: "Only functions/gcp talks to Google's clients, and to the functions framework.",
      from: { path: '^functions/', pathNot: '^functions/gcp/' },
      to: { path: 'node_modules/@google-cloud/' },
    },
    {
      name: 'emulators-are-not-clients',
      severity: 'error',
      comment: "An emulator answers Google's clients and is none itself; it may read the protos that they carry.",
      from: { path: '^emulators/' },
      to: { path: 'node_modules/@google-cloud/', pathNot: 'protos' },
    },
    {
      name: 'no-dev-packages-in-production',
      severity: 'error',
      from: { path: '^(?:functions|pipelines|schemas)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
