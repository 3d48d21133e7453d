import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { corpus, fetchCorpus, type CorpusPackage } from './corpus.ts'
import { tarballManifest } from './tarball-manifest.ts'

// A process of its own, so that its connections can be recorded: publishes the corpus with npm's own publishing code.
// Arguments: the folder of the npm client, the registry's URL, a token.

type Publish = (manifest: object, tarball: Buffer, options: object) => Promise<unknown>

const [npmFolder = '', registry = '', token = ''] = process.argv.slice(2)
const { publish } = createRequire(join(npmFolder, 'package.json'))('libnpmpublish') as { readonly publish: Publish }

const files = await fetchCorpus()
const credentials = { [`${registry.replace(/^http:/, '')}:_authToken`]: token }

const publishOne = async ({ name, version }: CorpusPackage): Promise<void> => {
  const tarball = await readFile(files.get(`${name}@${version}`) ?? '')
  // `private` is refused by the client itself, so that it is left out, as whoever publishes for others does
  const { private: _, ...manifest } = tarballManifest(tarball)
  await publish(manifest, tarball, { registry, ...credentials, npmVersion: 'test' })
}

/** Versions of one package go one after the other: the last one published becomes `latest`. */
const packages = [...Map.groupBy(corpus, ({ name }) => name).values()]
const worker = async (): Promise<void> => {
  for (let versions = packages.shift(); versions !== undefined; versions = packages.shift())
    for (const version of versions) await publishOne(version)
}
await Promise.all(Array.from({ length: 8 }, worker))
process.stdout.write(`published ${corpus.length}\n`)
