// Runs before `npm pack` (and with --clean after it): Node strips no types below node_modules, so the package holds JavaScript. dist/ mirrors the
// sources, with the files that they read beside themselves and a package.json, so that the same relative paths hold.
'use strict'

const { spawnSync } = require('child_process')
const fs = require('fs')
const path = require('path')

const root = path.join(__dirname, '..')
const dist = path.join(root, 'dist')
const layers = [
  'domain',
  'commands',
  'projections',
  'read-api',
  'protocol-adapters',
  'workers',
  'platform',
  'command-line',
]

function copyAssets(folder) {
  for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory()) copyAssets(name)
    else if (!name.endsWith('.ts')) copy(name)
  }
}

function copy(name) {
  const target = path.join(dist, name)
  fs.mkdirSync(path.dirname(target), { recursive: true })
  fs.copyFileSync(path.join(root, name), target)
}

fs.rmSync(dist, { recursive: true, force: true })
// After packing: the folder would only grow old beside the sources.
if (process.argv[2] === '--clean') process.exit(0)
const tsc = require.resolve('typescript/bin/tsc')
// npm's own output is what a caller of `npm pack --json` reads: the compiler speaks on standard error only.
const { status } = spawnSync(process.execPath, [tsc, '--project', 'tsconfig.pack.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
})
if (status !== 0) {
  process.stderr.write('pack: the sources do not compile; nothing was packed\n')
  process.exit(1)
}
layers.filter((layer) => fs.existsSync(path.join(root, layer))).forEach(copyAssets)
copy('package.json')
