import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import type { ConfigFile } from './config-file.ts'
import { inForce } from './in-force.ts'
import { settings, unknownVariables, variableOf } from './settings.ts'
import { settingsDocument } from './settings-document.fixture.ts'
import { configText } from './shown.ts'

const fileWith = (name: string, text: string): ConfigFile => ({
  entries: new Map([[name, { text, where: 'modelmart.yaml:7' }]]),
  base: '/etc/modelmart',
})
const nothing = { flags: {}, environment: {}, file: { entries: new Map(), base: '.' } }

test('a flag comes before the environment, that before the file, that before the default', () => {
  const all = { flags: { port: '1' }, environment: { MODELMART_PORT: '2' }, file: fileWith('port', '3') }
  const found = [all, { ...all, flags: {} }, { ...all, flags: {}, environment: {} }, nothing].map(sources => {
    const { value, from } = inForce('port', sources)
    return [value, from]
  })
  assert.deepEqual(found, [
    [1, '--port'],
    [2, 'MODELMART_PORT'],
    [3, 'modelmart.yaml:7'],
    [8600, 'default'],
  ])
})

test('there is a worker for invocations a processor, and no more than may be asked for', () => {
  assert.equal(inForce('invoke-workers', nothing).value, Math.min(256, availableParallelism()))
})

test('an empty variable is none; an empty flag is an empty value', () => {
  assert.equal(inForce('port', { ...nothing, environment: { MODELMART_PORT: '' } }).from, 'default')
  const sources = { ...nothing, flags: { 'openid-hosts': '' }, environment: { MODELMART_OPENID_HOSTS: 'a' } }
  assert.deepEqual(inForce('openid-hosts', sources).value, new Set())
})

test('a path of the file begins beside it, any other where the command is run', () => {
  assert.equal(inForce('tls-cert', { ...nothing, file: fileWith('tls-cert', 'a.pem') }).value, '/etc/modelmart/a.pem')
  assert.equal(inForce('tls-cert', { ...nothing, flags: { 'tls-cert': 'a.pem' } }).value, `${process.cwd()}/a.pem`)
  assert.equal(inForce('metrics-token-file', { ...nothing, flags: { 'metrics-token-file': '-' } }).value, '-')
})

test('what cannot be is told of where it was said', () => {
  const wrong = { port: '-1', 'invoke-workers': '257', 'allow-unisolated': 'on', 'allow-outgoing': 'a.example' }
  for (const [name, text] of Object.entries(wrong)) {
    assert.throws(
      () => inForce(name, { ...nothing, flags: { [name]: text } }),
      new RegExp(`^Error: --${name} must be `),
    )
    const environment = { [variableOf(name)]: text }
    assert.throws(() => inForce(name, { ...nothing, environment }), new RegExp(`^Error: ${variableOf(name)} must be `))
  }
})

test('hosts are read with their ports', () => {
  const flags = { 'container-hosts': 'Packages.example.com, 10.0.0.1:80,[::1]:81' }
  const { value } = inForce('container-hosts', { ...nothing, flags })
  assert.deepEqual(value, new Set(['packages.example.com:443', '10.0.0.1:80', '[::1]:81']))
})

test('nodes of a cluster are named by their labels and taints', () => {
  const said = (name: string, text: string) => inForce(name, { ...nothing, flags: { [name]: text } }).value
  assert.deepEqual(said('kubernetes-node-selector', 'pool=jobs, example.com/zone='), {
    pool: 'jobs',
    'example.com/zone': '',
  })
  assert.deepEqual(said('kubernetes-tolerations', 'jobs=only:NoSchedule,nvidia.com/gpu:NoExecute'), [
    { key: 'jobs', operator: 'Equal', value: 'only', effect: 'NoSchedule' },
    { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoExecute' },
  ])
  assert.deepEqual(
    ['0', '0.25', '1'].map(text => said('kubernetes-cpu-share', text)),
    [0, 0.25, 1],
  )
  const wrong = { 'kubernetes-tolerations': 'jobs', 'kubernetes-cpu-share': '1.5', engine: 'lxc' }
  for (const [name, text] of Object.entries(wrong)) assert.throws(() => said(name, text), / must be /)
})

test('every default is a value', () => {
  for (const name of Object.keys(settings)) assert.equal(inForce(name, nothing).from, 'default')
})

test('secrets are not shown, and of a URL all but its password', () => {
  const flags = {
    'root-secret': 'a'.repeat(64),
    database: 'postgres://us:hunter2@db:5432/m?sslmode=verify-full&password=hunter3',
    'smtp-url': 'smtp://hunter4@[',
    host: '0.0.0.0',
    'mail-from': 'Mart <no-reply@mart.example>',
  }
  const shown = Object.keys(flags).map(name => [name, inForce(name, { ...nothing, flags })] as const)
  const text = configText(Object.fromEntries(shown))
  assert.doesNotMatch(text, /aaaa|hunter/)
  assert.match(text, /^# root-secret: … +# --root-secret$/m)
  assert.ok(text.includes('database: "postgres://us:…@db:5432/m?sslmode=verify-full&password=…"'), text)
  assert.match(text, /^host: 0\.0\.0\.0 +# --host$/m)
  assert.match(text, /^mail-from: "Mart <no-reply@mart\.example>" +# --mail-from$/m)
})

test('variables that are no settings are found', () => {
  const environment = {
    MODELMART_PROT: '1',
    MODELMART_PORT: '1',
    MODELMART_TEST_X: '',
    HOME: '/',
    MODELMART_CONFIG: 'a',
  }
  assert.deepEqual(unknownVariables(environment), ['MODELMART_PROT'])
})

test('the document tells every setting', () => {
  const { is, ought } = settingsDocument()
  assert.equal(is, ought, 'run `node src/config/settings-document.fixture.ts`')
})
