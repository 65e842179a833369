import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { parse } from 'yaml'
import { startServer } from '../../demo/server-process.ts'
import { unknownVariables } from '../../src/config/settings.ts'

const read = (name: string) => readFile(new URL(`../../deploy/${name}`, import.meta.url), 'utf8')
const place = await mkdtemp(join(tmpdir(), 'modelmart-deploy-'))
const data = join(place, 'data')
await mkdir(data)
const server = await startServer({ data, engineSocket: 'unix:///nobody' })
after(async () => {
  await server.stop()
  await rm(place, { recursive: true, force: true })
})

/** Names and labels that /metrics tells, a histogram by the names of its series. */
async function told(): Promise<{ names: Set<string>; labels: Map<string, Set<string>> }> {
  // Something is to have been asked.
  await fetch(`${server.url}/no-bucket/no-key`)
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const names = new Set<string>()
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm))
    for (const end of type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) names.add(`${name}${end}`)
  const labels = new Map<string, Set<string>>()
  for (const [, name = '', given = ''] of text.matchAll(/^(\w+)\{([^}]*)\}/gm)) {
    const known = labels.get(name) ?? new Set()
    for (const [, label = ''] of given.matchAll(/(\w+)="/g)) known.add(label)
    labels.set(name, known)
  }
  return { names, labels }
}

const namesIn = (expression: string) => [...expression.matchAll(/\bmodelmart_\w+/g)].map(([name]) => name)
const labelsIn = (expression: string) => [
  ...[...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
  ...[...expression.matchAll(/[{,](\w+)[=!]/g)].map(([, label = '']) => label),
]

async function requireTold(expressions: readonly string[]): Promise<void> {
  const { names, labels } = await told()
  assert.ok(expressions.length > 5)
  for (const expression of expressions) {
    const asked = namesIn(expression)
    assert.ok(asked.length > 0 || expression.startsWith('up{'), `${expression} asks nothing of ours`)
    for (const name of asked) {
      assert.ok(names.has(name), `/metrics does not tell ${name}`)
      // A metric without a sample yet shows no labels.
      const known = labels.get(name)
      for (const label of known ? labelsIn(expression) : []) assert.ok(known?.has(label), `${name} has no ${label}`)
    }
  }
}

it('alert rules ask what /metrics tells', async () => {
  const { groups } = parse(await read('prometheus-alerts.yaml'))
  const rules = groups.flatMap((group: { rules: object[] }) => group.rules) as {
    alert: string
    expr: string
    labels: { severity: string }
    annotations: { summary: string }
  }[]
  await requireTold(rules.map(({ expr }) => expr))
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
  for (const { labels, annotations } of rules)
    assert.ok(/^(critical|warning)$/.test(labels.severity) && annotations.summary.length > 10)
})

it('the dashboard asks what /metrics tells, each panel in a place of its own', async () => {
  const { panels } = JSON.parse(await read('grafana-dashboard.json')) as {
    panels: { id: number; gridPos: { x: number; y: number }; targets: { expr: string }[] }[]
  }
  await requireTold(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)))
  const places = panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)
  assert.equal(new Set(places).size, panels.length)
})

it('the container and its composition set what can be set', async () => {
  const { services } = parse(await read('compose.yaml'))
  const named = [...(await read('Dockerfile')).matchAll(/\b(MODELMART_\w+)=/g)].map(([, name = '']) => name)
  const variables = [...named, ...Object.keys(services.modelmart.environment)]
  assert.ok(variables.length > 2)
  assert.deepEqual(unknownVariables(Object.fromEntries(variables.map(name => [name, '']))), [])
})

const noSystemd = spawnSync('systemd-analyze', ['--version']).status === 0 ? false : 'systemd is not on this machine'

it('the unit is one that systemd takes, and sets what can be set', { skip: noSystemd }, async () => {
  const unit = await read('modelmart.service')
  const variables = [...unit.matchAll(/^Environment=(\w+)=/gm)].map(([, name = '']) => [name, ''])
  assert.deepEqual(unknownVariables(Object.fromEntries(variables)), [])
  // systemd looks for the program.
  const path = join(place, 'modelmart.service')
  await writeFile(path, unit.replace('/usr/local/bin/modelmart', '/bin/true'))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' })
  // Of this unit alone: others of the machine are its owner's.
  const ours = stderr.split('\n').filter(line => line.includes('modelmart.service'))
  assert.deepEqual([ours, status], [[], 0])
})
