import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { openWorld, type World } from '../e2e/world.ts'

const [engine] = (await presentEngines()) as [PresentEngine]
const program = fileURLToPath(new URL('../../bin/modelmart.mjs', import.meta.url))
const example = fileURLToPath(new URL('../../examples/language-guess', import.meta.url))

interface Cell {
  readonly cell_type: string
  readonly source: string | string[]
  readonly outputs?: readonly { readonly text?: string | string[]; readonly ename?: string }[]
}

describe('a product’s notebook, as a part of its certification', { timeout: 900_000 }, () => {
  let world: World
  let place = ''
  before(async () => {
    world = await openWorld(engine, 'contract-probe')
    place = await mkdtemp(join(tmpdir(), 'modelmart-notebook-'))
    await cp(example, join(place, 'product'), { recursive: true })
  })
  after(async () => {
    await rm(place, { recursive: true, force: true })
    await world?.close()
  })

  const path = () => join(place, 'product/notebook.ipynb')
  const executed = async (): Promise<Cell[]> => JSON.parse(await readFile(join(place, 'out.ipynb'), 'utf8')).cells
  const certify = () => {
    const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, MODELMART_DATA: world.server.data }
    const words = ['certify', join(place, 'product'), '--notebook', join(place, 'out.ipynb'), '--json']
    return promisify(execFile)(process.execPath, [program, ...words], { env }).then(
      ({ stdout }) => ({ code: 0, ...JSON.parse(stdout) }),
      ({ code, stdout }) => ({ code, ...JSON.parse(stdout) }),
    )
  }
  const notebookOf = ({ checks }: { checks: { what: string; good: boolean; detail: string }[] }) =>
    checks.find(({ what }) => what === 'notebook')
  /** Puts a cell of code before all others. */
  const begin = async (source: string) => {
    const notebook = JSON.parse(await readFile(join(example, 'notebook.ipynb'), 'utf8'))
    const cell = { cell_type: 'code', id: 'first', metadata: {}, execution_count: null, outputs: [], source }
    await writeFile(path(), JSON.stringify({ ...notebook, cells: [cell, ...notebook.cells] }))
  }

  it('is executed from its first cell to its last, and kept with its outputs', async () => {
    const report = await certify()
    assert.match(notebookOf(report)?.detail ?? '', /^4 cells executed in [\d.]+ s, isolated$/)
    assert.equal(report.code, 0)
    const told = (await executed()).flatMap(({ outputs = [] }) => outputs.flatMap(({ text }) => text ?? []))
    assert.match(told.join(''), /10 lines: english, german, french, spanish, italian/)
  })

  it('is told with the cell that fails, and costs the certificate', async () => {
    await begin('print(missing)')
    const report = await certify()
    assert.deepEqual([report.code, report.certified], [1, false])
    assert.equal(notebookOf(report)?.detail, "cell 1 of 5: NameError: name 'missing' is not defined")
    assert.equal((await executed())[0]?.outputs?.at(-1)?.ename, 'NameError')
  })

  it('reaches the server and nothing else', async () => {
    await begin(
      [
        'import os, socket',
        'try:',
        "    socket.create_connection(('10.255.255.1', 80), 2)",
        'except OSError as error:',
        "    print('outside:', error.strerror)",
        "print('devices:', sorted(os.listdir('/sys/class/net')))",
        'try:',
        "    open('/product/new', 'w')",
        'except OSError as error:',
        "    print('product:', error.strerror)",
      ].join('\n'),
    )
    const report = await certify()
    assert.equal(notebookOf(report)?.good, true, notebookOf(report)?.detail)
    const [text] = [(await executed())[0]?.outputs?.flatMap(({ text = [] }) => text).join('') ?? '']
    assert.deepEqual(text.trim().split('\n'), [
      'outside: Network is unreachable',
      "devices: ['lo']",
      'product: Read-only file system',
    ])
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
