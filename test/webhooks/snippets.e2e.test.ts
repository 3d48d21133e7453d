import { readFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { liveEventOf } from '../../domain/live/live-event.ts'
import { messageOf } from '../../workers/webhooks/message.ts'
import { runProgram, type Outcome } from '../child-process.ts'
import { ownEnvironment } from '../own-environment.ts'
import { askFor, type Tool } from '../servers.ts'

const probe =
  (program: string, ...args: string[]): Tool['probe'] =>
  async () => {
    const { code, stdout } = await runProgram(program, args, {
      cwd: tmpdir(),
      env: ownEnvironment({}),
      timeout: 20_000,
    })
    if (code !== 0) throw new Error(`${program} does not run`)
    return stdout.trim()
  }

const python = await askFor('python3', {
  purpose: 'webhooks verified in Python',
  install: 'apt-get install python3 python3-venv',
  probe: probe('python3', '--version'),
})
const go = await askFor('go', {
  purpose: 'webhooks verified in Go',
  install: 'apt-get install golang-go, or go.dev',
  probe: probe('go', 'version'),
})

let folder: string
let page: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-snippets-'))
  page = await readFile('docs/guides/webhooks.md', 'utf8')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** The block of the language below the heading, as a reader copies it. */
const snippet = (heading: string, language: string): string => {
  const section = page.split(`\n### ${heading}\n`)[1] ?? ''
  const text = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(section)?.[1]
  if (text === undefined) throw new Error(`the page has no ${language} below ${heading}`)
  return text
}

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const previous = `whsec_${Buffer.alloc(32, 8).toString('base64')}`

interface Sent {
  readonly secret: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What Waybill sends, signed at `now` by both secrets of a rotation. */
const delivery = (now: number): Sent => {
  const event = liveEventOf({
    id: '0b6c8f0e-8a53-4f3e-9a53-1b1c3d5e7f90',
    type: 'GroupCreated',
    stream: 'group-1',
    revision: 0,
    position: '00000000000000000007',
    data: { group: 'grüße' },
    metadata: {
      schemaVersion: 1,
      actor: { kind: 'human', id: 'ada', via: 'password' },
      at: new Date(now).toISOString(),
      correlationId: 'c',
      causationId: 'c',
      commandId: 'c',
    },
  })
  const secrets = [{ secret }, { secret: previous, validUntil: now + 1000 }]
  const { headers, body } = messageOf({ headers: [], secrets }, { event, audited: true }, { now, userAgent: 'Waybill' })
  return { secret, headers, body }
}

/** `verify` takes what is right, by either secret, and refuses what is forged or old. */
const checkVerifier = async (verify: (sent: Sent) => Promise<Outcome>): Promise<void> => {
  const right = delivery(Date.now())
  for (const sent of [right, { ...right, secret: previous }]) {
    const outcome = await verify(sent)
    expect(outcome, outcome.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('verified') as string })
  }
  const forged: readonly Sent[] = [
    { ...right, body: right.body.replace('GroupCreated', 'GroupDeleted') },
    { ...right, secret: `whsec_${Buffer.alloc(32, 9).toString('base64')}` },
    { ...right, headers: { ...right.headers, 'webhook-id': '11111111-8a53-4f3e-9a53-1b1c3d5e7f90' } },
    delivery(Date.now() - 10 * 60_000),
  ]
  for (const sent of forged) {
    const outcome = await verify(sent)
    expect(outcome.code, outcome.stderr).toBe(3)
    expect(outcome.stdout).not.toContain('verified')
  }
}

describe('the snippets of the guide to webhooks verify deliveries', () => {
  it('in TypeScript', async () => {
    await symlink(resolve('node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'verify.ts'), snippet('TypeScript', 'ts'))
    await writeFile(
      join(folder, 'run.ts'),
      `import { text } from 'node:stream/consumers'
import { verify } from './verify.ts'
const { secret, headers, body } = JSON.parse(await text(process.stdin))
try { verify(secret, headers, body) } catch (error) { console.error(error); process.exit(3) }
console.log('verified')`,
    )
    await checkVerifier((sent) =>
      runProgram(process.execPath, ['run.ts'], {
        cwd: folder,
        env: ownEnvironment({}),
        timeout: 30_000,
        input: JSON.stringify(sent),
      }),
    )
  }, 120_000)

  it.skipIf(python.missing)(
    'in Python',
    async () => {
      // The machine's own settings of pip say where packages come from.
      const env = ownEnvironment({ HOME: process.env.HOME ?? folder, PIP_DISABLE_PIP_VERSION_CHECK: '1' })
      const venv = join(folder, 'venv')
      const run = (program: string, args: readonly string[], input?: string) =>
        runProgram(program, args, { cwd: folder, env, timeout: 180_000, ...(input === undefined ? {} : { input }) })
      const made = await run('python3', ['-m', 'venv', venv])
      expect(made, made.stderr).toMatchObject({ code: 0 })
      const installed = await run(join(venv, 'bin/pip'), ['install', '--quiet', 'standardwebhooks'])
      expect(installed, installed.stderr).toMatchObject({ code: 0 })
      await writeFile(join(folder, 'verify.py'), snippet('Python', 'python'))
      await writeFile(
        join(folder, 'run.py'),
        `import json, sys, traceback
from verify import verify
sent = json.load(sys.stdin)
try:
    verify(sent["secret"], sent["headers"], sent["body"].encode())
except Exception:
    traceback.print_exc()
    sys.exit(3)
print("verified")
`,
      )
      await checkVerifier((sent) => run(join(venv, 'bin/python'), ['run.py'], JSON.stringify(sent)))
    },
    300_000,
  )

  it.skipIf(go.missing)(
    'in Go',
    async () => {
      const home = process.env.HOME ?? folder
      const env = ownEnvironment({ HOME: home, GOFLAGS: '-mod=mod', GO111MODULE: 'on', GOTOOLCHAIN: 'local' })
      const program = join(folder, 'go')
      await writeFile(join(folder, 'go.mod'), 'module receiver\n\ngo 1.19\n')
      await writeFile(join(folder, 'verify.go'), snippet('Go', 'go'))
      await writeFile(
        join(folder, 'main.go'),
        `package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	var sent struct {
		Secret  string
		Headers map[string]string
		Body    string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&sent); err != nil {
		panic(err)
	}
	headers := http.Header{}
	for name, value := range sent.Headers {
		headers.Set(name, value)
	}
	if err := verify(sent.Secret, headers, []byte(sent.Body)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	fmt.Println("verified")
}
`,
      )
      const built = await runProgram('go', ['build', '-o', program, '.'], { cwd: folder, env, timeout: 240_000 })
      expect(built, built.stderr).toMatchObject({ code: 0 })
      await checkVerifier((sent) =>
        runProgram(program, [], { cwd: folder, env, timeout: 30_000, input: JSON.stringify(sent) }),
      )
    },
    300_000,
  )
})
