// Loaded into a client by NODE_OPTIONS=--import: notes every host and port that it connects to.
import { appendFileSync } from 'node:fs'
import net from 'node:net'

const { connect } = net.Socket.prototype
const file = process.env.RECORD_CONNECTIONS

net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args
  const to = typeof first === 'object' && first !== null ? first : { port: first, host: args[1] }
  if (to.path === undefined || to.path === null) appendFileSync(file, `${to.host ?? 'localhost'}:${to.port}\n`)
  return connect.apply(this, args)
}
