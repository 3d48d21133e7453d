// Loaded into npm by NODE_OPTIONS=--require: its sigstore trusts the roots of the test's own services instead of the public
// ones, which are named in its code only. Everything that it verifies, it verifies as ever.
const Module = require('node:module')

const options = { mirrorURL: process.env.OWN_SIGSTORE_URL, rootPath: process.env.OWN_SIGSTORE_ROOT }
const load = Module._load

Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest)
  if (request === '@sigstore/tuf' && loaded.own === undefined) {
    const { getTrustedRoot, initTUF } = loaded
    loaded.own = true
    loaded.getTrustedRoot = (given) => getTrustedRoot({ ...given, ...options })
    loaded.initTUF = (given) => initTUF({ ...given, ...options })
  }
  return loaded
}
