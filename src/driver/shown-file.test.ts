import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { shownToEngine } from './shown-file.ts'

describe('shownToEngine', () => {
  let place: string
  let shown: string
  let file: string

  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'modelmart-shown-'))
    shown = join(place, 'shown')
    file = join(place, 'program')
    await writeFile(file, 'one', { mode: 0o755 })
  })
  after(() => rm(place, { recursive: true, force: true }))

  it('leaves a file where it is for an engine that sees it', async () => {
    assert.equal(await shownToEngine(file, undefined), file)
  })

  it('copies it once, as it may be run', async () => {
    const copy = await shownToEngine(file, shown)
    assert.equal(copy, join(shown, 'program'))
    const first = await stat(copy)
    assert.equal(first.mode & 0o111, 0o111)
    assert.equal(await shownToEngine(file, shown), copy)
    assert.equal((await stat(copy)).ino, first.ino)
  })

  it('copies it again when it is another one, beside the one that somebody may run', async () => {
    const before = await stat(join(shown, 'program'))
    await writeFile(file, 'two')
    await utimes(file, 1, 1)
    const copy = await shownToEngine(file, shown)
    assert.equal(await readFile(copy, 'utf8'), 'two')
    assert.notEqual((await stat(copy)).ino, before.ino)
  })

  it('removes what a killed server had begun to copy, and nothing that one that lives copies', async () => {
    await writeFile(join(shown, 'program.4194305'), 'begun')
    await writeFile(join(shown, `program.${process.ppid}`), 'under way')
    await utimes(file, 2, 2)
    await shownToEngine(file, shown)
    assert.deepEqual((await readdir(shown)).sort(), ['program', `program.${process.ppid}`].sort())
  })

  it('leaves nothing of a copy that failed', async () => {
    await assert.rejects(shownToEngine(place, shown), /EISDIR|directory/i)
    await assert.rejects(shownToEngine(join(place, 'nobody'), shown), /ENOENT/)
    assert.deepEqual(
      (await readdir(shown)).filter(name => name.endsWith(`.${process.pid}`)),
      [],
    )
  })
})
