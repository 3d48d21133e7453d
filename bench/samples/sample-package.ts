import { createHash } from 'node:crypto'
import { packageTarball } from './tarball.ts'

/** A package that a benchmark publishes: its versions, all with a tarball of about the same size. */
export interface SamplePackage {
  readonly name: string
  readonly versions: number
  readonly tarballBytes: number
}

/** One publish as the npm client sends it: `PUT /{name}` with this JSON body. */
export interface PublishRequest {
  readonly name: string
  readonly body: Buffer<ArrayBuffer>
}

export function versionNumber(index: number): string {
  return `1.${Math.floor(index / 20)}.${index % 20}`
}

/** The body of `npm publish` for the n-th version (from 0) of a package, as libnpmpublish builds it. */
export function publishRequest(sample: SamplePackage, index: number, registry: string): PublishRequest {
  const { name } = sample
  const version = versionNumber(index)
  const packageJson = sampleManifest(name, version, index)
  const tarball = packageTarball(JSON.stringify(packageJson, null, 2), sample.tarballBytes, `${name}@${version}`)
  const file = `${name}-${version}.tgz`
  const document = {
    _id: name,
    name,
    description: packageJson.description,
    'dist-tags': { latest: version },
    versions: {
      [version]: {
        ...packageJson,
        _id: `${name}@${version}`,
        gitHead: createHash('sha1').update(`${name}@${version}`).digest('hex'),
        _nodeVersion: '24.21.0',
        _npmVersion: '11.19.1',
        dist: {
          integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
          shasum: createHash('sha1').update(tarball).digest('hex'),
          tarball: `${registry}/${name}/-/${file}`,
        },
      },
    },
    access: null,
    _attachments: {
      [file]: { content_type: 'application/octet-stream', data: tarball.toString('base64'), length: tarball.length },
    },
  }
  return { name, body: Buffer.from(JSON.stringify(document)) }
}

/** A manifest of 2-4 KB with the fields, and their lengths, that published libraries have. */
function sampleManifest(name: string, version: string, index: number) {
  return {
    name,
    version,
    description: 'A library that stands in for the ones people publish, with a manifest of the usual length',
    keywords: ['benchmark', 'registry', 'sample', 'package', 'metadata', 'manifest', 'stream', 'typed'],
    homepage: `https://example.com/projects/${name}#readme`,
    bugs: { url: `https://example.com/projects/${name}/issues` },
    repository: { type: 'git', url: `git+https://example.com/projects/${name}.git` },
    license: 'MIT',
    author: { name: 'A. Author', url: 'https://example.com/people/author' },
    type: 'module',
    main: './dist/index.cjs',
    module: './dist/index.mjs',
    types: './dist/index.d.ts',
    bin: { [name]: 'bin/cli.js' },
    exports: Object.fromEntries(
      ['.', './stream', './parse', './format', './testing'].map((path) => [path, conditions(path)]),
    ),
    files: ['dist', 'bin', 'README.md'],
    engines: { node: '>=18.12.0' },
    scripts: {
      build: 'tsup src/index.ts --format esm,cjs --dts --clean --sourcemap',
      test: 'vitest run --coverage',
      lint: 'eslint . --max-warnings 0 && prettier --check .',
      prepublishOnly: 'npm run lint && npm run test && npm run build',
    },
    dependencies: dependencyRanges('runtime', 8 + (index % 5), index),
    devDependencies: dependencyRanges('build', 18, index),
    peerDependencies: dependencyRanges('peer', 2, index),
    peerDependenciesMeta: { 'bench-peer-1': { optional: true } },
  }
}

function conditions(path: string) {
  const file = path === '.' ? 'index' : path.slice(2)
  return { types: `./dist/${file}.d.ts`, import: `./dist/${file}.mjs`, require: `./dist/${file}.cjs` }
}

function dependencyRanges(kind: string, count: number, index: number): Record<string, string> {
  const entries = Array.from({ length: count }, (_, n) => [`bench-${kind}-${n}`, `^${1 + (n % 7)}.${index % 40}.${n}`])
  return Object.fromEntries(entries) as Record<string, string>
}
