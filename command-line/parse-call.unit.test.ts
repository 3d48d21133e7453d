import { describe, expect, it } from 'vitest'
import { parseCall } from './parse-call.ts'

const parse = (...argv: readonly string[]) => parseCall(argv, '1.2.3')

describe('a call', () => {
  it.each([
    [['start']],
    [['rebuild', 'tags', 'files']],
    [['rebuild', '--all', '--json']],
    [['replay', '--repository', 'main/npm', '--until', '00000000000000000001']],
    [['audit', 'list', '--type', 'Tag*', '--type', 'File*']],
    [['audit', 'export', '--format', 'csv', '--no-header']],
    [['login', '--server', 'http://localhost']],
    [['logout']],
    [['token', 'create', '007', '--scope', 'main/npm']],
    [['token', 'revoke', '1', '2']],
    [['repo', 'create', 'main/x', '--format', 'npm', '--public']],
    [['upload', 'a', 'b', 'main/generic/']],
    [['download', 'main/generic/a', '--jobs', '2']],
  ])('names a command: %j', async (argv) => {
    expect((await parse(...argv)).kind).toBe('task')
  })

  it.each([
    [[], 'say what to do'],
    [['tokn'], 'unknown argument: tokn; did you mean token?'],
    [['token'], 'say what to do with tokens: list, create or revoke'],
    [['start', '--prot', '1'], 'unknown argument'],
    [['replay', '--repository', 'main/npm'], 'missing required argument: until'],
    [['replay', '--repository', 'main/npm', '--until', 'x', '--package', 'p', '--path', 'q'], 'mutually exclusive'],
    [['token', 'list', '--server', 'http://a', '--server', 'http://b'], '--server is given more than once'],
    [['token', 'list', '--server='], '--server is empty'],
    [['token', 'list', '--token', 'wbt_x'], 'unknown argument'],
    [['audit', 'list', '--limit', '0'], '--limit is a whole number'],
    [['audit', 'export', '--format', 'xml'], 'invalid values'],
    [['upload'], 'not enough non-option arguments'],
  ])('is wrong: %j', async (argv, why) => {
    const call = await parse(...argv)
    expect(call).toMatchObject({ kind: 'wrong', message: expect.stringContaining(why) as string })
  })

  it('is answered with a text', async () => {
    expect(await parse('--version')).toEqual({ kind: 'text', text: '1.2.3' })
    expect(await parse('--help')).toMatchObject({
      kind: 'text',
      text: expect.stringContaining('130  interrupted') as string,
    })
    expect(await parse('token', 'create', '--help')).toMatchObject({
      text: expect.stringContaining('--expires-at') as string,
    })
    expect(await parse('completion')).toMatchObject({
      text: expect.stringContaining('complete -o bashdefault') as string,
    })
    expect(await parse('--get-yargs-completions', 'waybill', 'rep')).toMatchObject({
      text: expect.stringMatching(/^replay$/m) as string,
    })
  })
})
