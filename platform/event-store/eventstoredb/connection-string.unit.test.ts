import { expect, it } from 'vitest'
import { withPresets } from './connection-string.ts'

const optionsOf = (connectionString: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(withPresets(connectionString).split('?')[1]))

it('keeps hosts and options, and adds what is left open', () => {
  expect(withPresets(' esdb://user:pw@a:1,b:2?tls=false ')).toMatch(/^esdb:\/\/user:pw@a:1,b:2\?tls=false&/)
  expect(optionsOf('esdb://a?tls=false')).toMatchObject({
    tls: 'false',
    connectionName: 'waybill',
    keepAliveInterval: '10000',
    keepAliveTimeout: '5000',
  })
})

it('takes a string without options', () => {
  expect(withPresets('esdb://a:2113/')).toMatch(/^esdb:\/\/a:2113\?connectionName=waybill&/)
})

it('leaves options that are given as they are, however their names are written', () => {
  const options = optionsOf('esdb://a?keep-alive-timeout=1&GossipTimeout=9')
  expect(options).toMatchObject({ 'keep-alive-timeout': '1', GossipTimeout: '9' })
  expect(options).not.toHaveProperty('keepAliveTimeout')
  expect(options).not.toHaveProperty('gossipTimeout')
})

it('does not let conflicts be answered instead of thrown', () => {
  expect(withPresets('esdb://a?throwOnAppendFailure=false')).toMatch(/&throwOnAppendFailure=true$/)
})
