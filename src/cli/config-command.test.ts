import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { runCommand } from './command.fixture.ts'

const run = promisify(execFile)
const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const place = mkdtempSync(join(tmpdir(), 'modelmart-config-'))
after(() => rmSync(place, { recursive: true }))
const put = (name: string, text: string) => writeFileSync(join(place, name), text)

/** As a shell runs it in the folder, with these variables alone. */
const modelmart = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, [program, ...words], { cwd: place, env: { PATH: process.env.PATH, ...env } })

test('modelmart config tells what is in force and from where, and can be used as a file', async () => {
  put('modelmart.yaml', 'port: 9000\nhost: 0.0.0.0\naccount-rate: 10\nmetrics-token-file: token\n')
  const words = ['config', '--account-rate', '30', '--allow-unisolated']
  const { stdout, stderr } = await modelmart(words, { MODELMART_HOST: '::1', MODELMART_PROT: '1' })
  const lines = stdout.split('\n').map(line => line.replace(/ +/g, ' '))
  for (const line of [
    'port: 9000 # modelmart.yaml:1',
    'host: "::1" # MODELMART_HOST',
    'account-rate: 30 # --account-rate',
    'allow-unisolated: true # --allow-unisolated',
    `metrics-token-file: ${place}/token # modelmart.yaml:4`,
    'address-rate: 10000 # default',
    '# tls-cert: # not set',
  ])
    assert.ok(lines.includes(line), `${line} is not in\n${stdout}`)
  assert.equal(stderr, 'modelmart: MODELMART_PROT is no setting\n')

  put('as-it-is.yaml', stdout)
  const again = await modelmart(['config', '--config', 'as-it-is.yaml'])
  assert.deepEqual(parse(again.stdout), parse(stdout))
})

test('every command that touches an installation reads the file', async () => {
  put('modelmart.yaml', 'data: installation\n')
  await modelmart(['account', 'create', 'someone'])
  const { stdout } = await modelmart(['account', 'list', '--data', 'installation'], { MODELMART_DATA: 'elsewhere' })
  assert.match(stdout, /someone/)
  await assert.rejects(
    modelmart(['account', 'list'], { MODELMART_DATA: 'elsewhere' }),
    /no installation in .*elsewhere/,
  )
})

test('a command that is told wrong says where and does nothing', async () => {
  put('modelmart.yaml', 'port: 8600\nlog-levle: debug\n')
  const wrong = (words: string[], said: RegExp) =>
    assert.rejects(modelmart(words), ({ code, stderr }: { code: number; stderr: string }) => {
      assert.equal(code, 1)
      assert.match(stderr, said)
      return true
    })
  await wrong(['start'], /^modelmart: modelmart\.yaml:2: there is no setting log-levle\n$/)
  await wrong(['account', 'create', 'a'], /^modelmart: modelmart\.yaml:2: /)
  put('modelmart.yaml', '')
  await wrong(['start', '--port', 'x'], /^modelmart: --port must be a port number, 0 for any free one\n$/)
  await wrong(['start', '--config', 'absent.yaml'], /^modelmart: ENOENT.*absent\.yaml/)
  await wrong(['start', '--root-secret', 'a'.repeat(64)], /^modelmart: root-secret has no flag/)
  await wrong(['start', '--prot', '1'], /unknown option '--prot'/)
})

test('help tells of each flag what it is by default', async () => {
  const { stdout } = await modelmart(['help', 'start'])
  const text = stdout.replace(/\s+/g, ' ')
  assert.match(text, /--port <port> port; 0 takes any free one \(default: 8600\)/)
  assert.match(text, /--invoke-port <port> port of invocations alone \(default: the one after port, or any free one/)
  assert.doesNotMatch(text, /--root-secret </)
})

test('modelmart version tells the program, its Node and its schema', async () => {
  const { out, code } = await runCommand(place, 'version')
  assert.match(out, /^modelmart \d+\.\d+\.\d+\nnode v\d+\.\d+\.\d+\nschema 20\d\d-\d\d-\d\d-[\w-]+\n$/)
  assert.equal(code, 0)
  assert.equal((await modelmart(['--version'])).stdout, `${out.split(/\s/)[1]}\n`)
})
