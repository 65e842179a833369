import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensurePythonClient } from '../../setup/python-clients.mjs'
import { type ClientRun, documentUrl, type Outcome, withTables } from './clients-document.ts'
import { openSetting, type Setting } from './setting.ts'

const run = promisify(execFile)
const folder = new URL('python/', import.meta.url).pathname

const clients = [
  {
    ...{ client: 'SageMaker Python SDK', version: '2.257.0', lock: 'test/clients/python/requirements-v2.txt' },
    programs: ['v2_training', 'v2_serving', 'v2_tuning', 'v2_registry'],
  },
  {
    ...{ client: 'SageMaker Python SDK', version: '3.27.0', lock: 'test/clients/python/requirements-v3.txt' },
    programs: ['v3_training', 'v3_serving'],
  },
] as const

let setting: Setting
before(async () => {
  setting = await openSetting()
})
after(() => setting?.close())

/** Clients that ran to their end here, for the document. */
const runs: ClientRun[] = []

for (const { client, version, lock, programs } of clients)
  test(`${client} ${version}`, { timeout: 1_800_000 }, async t => {
    const { python, lacks } = (await ensurePythonClient(lock)) as { python?: string; lacks?: string }
    if (!python) return t.skip(`${client} ${version} is not tried: ${lacks}`)
    const outcomes: Outcome[] = []
    for (const program of programs) outcomes.push(...(await flowsOf(python, program)))
    assert.ok(outcomes.length > 0, 'no flow ran')
    for (const { flow, step, ok, error, trace } of outcomes)
      await t.test(`${flow}: ${step}`, () => assert.ok(ok, `${error}\n${trace ?? ''}`))
    runs.push({ client, version, outcomes })
  })

test('docs/clients.md tells what ran', async t => {
  if (runs.length < clients.length) return t.skip('not all clients could be tried')
  const text = await readFile(documentUrl, 'utf8')
  const made = withTables(text, 'python-sdks', runs)
  if (process.env.MODELMART_WRITE_CLIENTS === 'yes') await writeFile(documentUrl, made)
  else assert.equal(text, made, 'run it with MODELMART_WRITE_CLIENTS=yes')
})

async function flowsOf(python: string, program: string): Promise<Outcome[]> {
  const { environment, close: _, ...given } = setting
  const home = await mkdtemp(join(tmpdir(), 'modelmart-python-'))
  const results = join(home, 'results')
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, RESULTS: results, PYTHONDONTWRITEBYTECODE: '1', ...environment },
    SETTING: JSON.stringify(given),
  }
  try {
    await run(python, [`${program}.py`], { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 })
    const lines = (await readFile(results, 'utf8')).trim().split('\n')
    return lines.map(line => JSON.parse(line) as Outcome)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
