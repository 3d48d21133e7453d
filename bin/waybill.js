#!/usr/bin/env node
// Runs on any Node from 12 on, so that an old one is told what to do instead of failing on syntax it does not know.
'use strict'

var fs = require('fs')
var path = require('path')
var url = require('url')

var NEEDED = 24

// In the repository the sources run as they are; Node strips no types below node_modules, so a package holds JavaScript.
function findCli() {
  var sources = path.join(__dirname, '..', 'cli.ts')
  return fs.existsSync(sources) ? sources : path.join(__dirname, '..', 'dist', 'cli.js')
}

// The runtime that comes with the package, from the nearest node_modules upward; undefined where there is none.
function findBundledNode() {
  try {
    var folder = path.dirname(require.resolve('node-linux-' + process.arch + '/package.json'))
    var node = path.join(folder, 'bin', 'node')
    return process.platform === 'linux' && fs.existsSync(node) ? node : undefined
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

function fail(sentence) {
  process.stderr.write('waybill: ' + sentence + '\n')
  process.exit(1)
}

// Node 24.0 to 24.11 warn of type stripping, which is stable since; every other warning stays.
function silenceTypeStripping() {
  var emitWarning = process.emitWarning
  process.emitWarning = function (warning) {
    if (String(warning).indexOf('Type Stripping') === 0) return undefined
    return emitWarning.apply(process, arguments)
  }
}

// A start takes a fifth less when the sources need not be compiled again. Beside the packages, where only who installed them may
// write: in a folder for all, somebody else could leave code for us. Where it cannot be written nothing is kept.
function keepCompiled() {
  require('module').enableCompileCache(path.join(__dirname, '..', 'node_modules', '.cache', 'waybill'))
}

// V8 lets the space of new objects grow with the machine's memory, to over 100 MiB on a large one; emptying that stops a server for
// 10 ms and more. With 8 MiB it stops for 1 ms, a little more often. What somebody chose is left alone.
function flagsFor(command) {
  var chosen = /max[-_]semi[-_]space[-_]size/.test(process.env.NODE_OPTIONS || '')
  return command === 'start' && !chosen ? ['--max-semi-space-size=8'] : []
}

// The flags have to be there when Node starts. The process stays the same one: to whoever started it nothing happens.
function runAgain(flags) {
  process.execve(process.execPath, [process.execPath].concat(flags, __filename, process.argv.slice(2)), process.env)
}

function runHere() {
  var flags = flagsFor(process.argv[2])
  // Flags of the caller's own, among them ours, and a channel to a parent would be lost or used twice.
  if (flags.length > 0 && process.execArgv.length === 0 && !process.channel && process.execve) return runAgain(flags)
  silenceTypeStripping()
  keepCompiled()
  import(url.pathToFileURL(findCli()).href)
    .then(function (module) {
      return module.main(process.argv.slice(2))
    })
    .then(
      function (code) {
        process.exit(code)
      },
      function (error) {
        fail((error && error.stack) || String(error))
      },
    )
}

function runWith(node) {
  var args = flagsFor(process.argv[2]).concat(__filename, process.argv.slice(2))
  var child = require('child_process').spawn(node, args, { stdio: 'inherit' })
  // A terminal sends Ctrl-C and its own end to both of us: passing them on would make two of one.
  var fromTerminal = process.stdin.isTTY ? ['SIGINT', 'SIGQUIT', 'SIGHUP'] : []
  var signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']
  signals.forEach(function (signal) {
    process.on(signal, function () {
      if (fromTerminal.indexOf(signal) === -1) child.kill(signal)
    })
  })
  child.on('error', function (error) {
    fail('the Node.js that comes with Waybill (' + node + ') does not start: ' + error.message)
  })
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code)
    signals.forEach(function (name) {
      process.removeAllListeners(name)
    })
    process.kill(process.pid, signal)
  })
}

function start() {
  var current = process.versions.node
  if (parseInt(current, 10) >= NEEDED) return runHere()
  var bundled = findBundledNode()
  if (bundled !== undefined) return runWith(bundled)
  return fail(
    'needs Node.js ' +
      NEEDED +
      ' or newer and this is ' +
      current +
      '; put a newer one first on PATH, or on Linux ' +
      '(x64, arm64) run "npm ci" without --omit=optional, which brings one.',
  )
}

start()
