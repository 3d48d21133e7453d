/** Where the attestations of a version are, below the registry's root, as on the public registry: `@s%2fn@1.0.0`. */
export const attestationsPath = (name: string, version: string): string =>
  `/-/npm/v1/attestations/${name.replace('/', '%2f')}@${version}`
