// The direction of imports (docs/adr and CONTRIBUTING.md say why). `npm run boundaries` enforces it; test/boundaries.int.test.ts
// plants one violation of each rule and expects it to be found.

const TEST = '\\.test\\.ts$|^(test|bench)/'
// The files beside the folders start and wire the product; version.ts is only read.
const ENTRY = '^(?!version\\.)[^/]+\\.ts$'
const OUTER = '^(protocol-adapters|read-api|workers|command-line)/'
// Wires what a command needs, as the files at the root do.
const COMMAND_LINE = '^command-line/'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'platform-knows-nobody',
      comment: 'Ports and their adapters serve the product and do not know it.',
      severity: 'error',
      from: { path: '^platform/', pathNot: TEST },
      to: { path: '^(domain|commands|projections|read-api|protocol-adapters|workers|command-line|console)/' },
    },
    {
      name: 'domain-is-pure',
      comment:
        'Events, state and decisions: nothing but themselves, typebox and hashes. Time and ids come in from outside.',
      severity: 'error',
      from: { path: '^domain/', pathNot: TEST },
      to: { pathNot: '^domain/|^node_modules/typebox/|^(node:)?crypto$' },
    },
    {
      name: 'commands-use-domain-and-platform',
      comment: 'A command decides from its stream; it never asks a read model or a wire format.',
      severity: 'error',
      from: { path: '^commands/', pathNot: TEST },
      to: { path: '^(projections|read-api|protocol-adapters|workers|command-line|console)/' },
    },
    {
      name: 'projections-use-events-and-platform',
      comment: 'A read model is made of events alone.',
      severity: 'error',
      from: { path: '^projections/', pathNot: TEST },
      to: {
        path: '^(commands|read-api|protocol-adapters|workers|command-line|console)/|^domain/.*/(decide|evolve|state)\\.ts$',
      },
    },
    {
      name: 'read-models-by-their-queries',
      comment:
        'Only queries.ts of a read model is for others: its table and projection may change without asking anyone.',
      severity: 'error',
      from: { path: OUTER, pathNot: TEST },
      to: { path: '^projections/[^/]+/', pathNot: '^projections/[^/]+/queries\\.ts$' },
    },
    {
      name: 'adapters-decide-nothing',
      comment: 'What may happen is decided behind a command.',
      severity: 'error',
      from: { path: OUTER, pathNot: TEST },
      to: { path: '^domain/.*/(decide|evolve)\\.ts$' },
    },
    {
      name: 'protocols-stand-alone',
      comment: 'A protocol is read, tested and removed by itself; what all share is protocol-adapters/http.',
      severity: 'error',
      from: { path: '^protocol-adapters/([^/]+)/', pathNot: TEST },
      to: { path: '^protocol-adapters/', pathNot: ['^protocol-adapters/(http|$1)/', '^protocol-adapters/[^/]+\\.ts$'] },
    },
    {
      name: 'shared-http-knows-no-protocol',
      severity: 'error',
      from: { path: '^protocol-adapters/http/', pathNot: TEST },
      to: { path: '^protocol-adapters/', pathNot: '^protocol-adapters/http/' },
    },
    {
      name: 'outer-layers-stand-apart',
      comment: 'The read API, the protocols and the workers meet in commands and queries only.',
      severity: 'error',
      from: { path: '^(read-api|protocol-adapters|workers)/', pathNot: TEST },
      to: { path: OUTER, pathNot: '^$1/|^protocol-adapters/http/' },
    },
    {
      name: 'the-command-line-asks-a-server',
      comment: 'What a server answers is asked of one; only data of this machine is opened.',
      severity: 'error',
      from: { path: COMMAND_LINE, pathNot: TEST },
      to: { path: '^(protocol-adapters|read-api|workers|console)/' },
    },
    {
      name: 'only-the-entry-wires',
      comment: 'Which adapter of a port runs is decided in one place.',
      severity: 'error',
      from: { pathNot: [TEST, ENTRY, COMMAND_LINE, '^platform/'] },
      to: { path: '^platform/(event-store|blob-store)/[^/]+/|^platform/[^/]+/(embedded-|postgres-)[^/]+\\.ts$' },
    },
    {
      name: 'nobody-imports-the-entry',
      comment: 'Tests do, to start the product as it is, and commands that start it or open its engines.',
      severity: 'error',
      from: { pathNot: [ENTRY, TEST, COMMAND_LINE] },
      to: { path: ENTRY },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { pathNot: [TEST, '^[^/]+\\.config\\.ts$'] },
      to: { path: TEST },
    },
    {
      name: 'no-development-packages-in-the-product',
      severity: 'error',
      from: { pathNot: [TEST, '^[^/]+\\.config\\.[jt]s$', '^console/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file, or are missing a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.waybill|console/dist)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Type-only imports count too: they bind a reader as much as the others do.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
