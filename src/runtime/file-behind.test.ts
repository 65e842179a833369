import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { createFileBehind } from './file-behind.ts'

const run = promisify(execFile)

async function place() {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-behind-'))
  after(() => rm(directory, { recursive: true, force: true }))
  const told: string[] = []
  return {
    directory,
    path: join(directory, 'journal'),
    told,
    log: { error: (_: object, text: string) => void told.push(text) },
  }
}

/** The descriptor by which this process has a file open. */
const openAs = (path: string): number | undefined =>
  readdirSync('/proc/self/fd')
    .map(Number)
    .find(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path
      } catch {
        return false
      }
    })

describe('a file that the disk has a moment later', () => {
  it('has a line as soon as it is told, and is given back when it is closed', async () => {
    const { path, log, told } = await place()
    const file = createFileBehind(path, log as never)
    for (const line of ['one\n', 'zwei €\n']) assert.equal(file.append(line), undefined)
    assert.equal(readFileSync(path, 'utf8'), 'one\nzwei €\n')
    assert.notEqual(openAs(path), undefined)
    await file.close()
    assert.equal(openAs(path), undefined)
    assert.deepEqual([file.broken, told], [false, []])
  })

  it('is not made over another one', async () => {
    const { path, log } = await place()
    const first = createFileBehind(path, log as never)
    first.append('one\n')
    const second = createFileBehind(path, log as never)
    assert.throws(() => second.append('two\n'), /EEXIST/)
    assert.ok(second.broken)
    assert.equal(readFileSync(path, 'utf8'), 'one\n')
    await Promise.all([first.close(), second.close()])
  })

  it('has nothing of a line for which there was no room, and takes no more', async t => {
    const { directory, log } = await place()
    const small = join(directory, 'small')
    await mkdir(small)
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', small]).then(
      () => true,
      () => false,
    )
    if (!mounted) return t.skip('nothing can be mounted here')
    try {
      const path = join(small, 'journal')
      const file = createFileBehind(path, log as never)
      file.append('one\n')
      assert.throws(() => file.append(`${'x'.repeat(20_000)}\n`), /ENOSPC/)
      assert.equal(readFileSync(path, 'utf8'), 'one\n')
      assert.ok(file.broken)
      assert.throws(() => file.append('two\n'), /could not be written before/)
      await file.close()
    } finally {
      await run('umount', [small])
    }
  })

  it('tells when the disk did not take what was written, and takes no more', async () => {
    const { path, log, told } = await place()
    const file = createFileBehind(path, log as never)
    file.append('one\n')
    closeSync(openAs(path) as number)
    await assert.rejects(file.close(), /EBADF/)
    assert.ok(file.broken)
    assert.match(told.join(), /a power cut would take it/)
  })
})
