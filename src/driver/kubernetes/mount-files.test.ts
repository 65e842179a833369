import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { lstat, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { packChanges, pathsOf, type SeenDirectories } from './mount-files.ts'

const run = promisify(execFile)

describe('the files of a mount', () => {
  let place: string
  let from: string

  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'modelmart-mount-files-'))
    from = join(place, 'from')
    await mkdir(join(from, 'inner'), { recursive: true })
    await writeFile(join(from, 'inner', 'line\nbreak'), 'kept')
    await writeFile(join(from, '--checkpoint-action=exec=false'), 'a name')
    await symlink('/etc/passwd', join(from, 'link'))
    await run('mkfifo', [join(from, 'pipe')])
  })
  after(() => rm(place, { recursive: true, force: true }))

  const packed = async (since = 0, before?: SeenDirectories): Promise<Buffer> => {
    const to = new PassThrough()
    const archive = buffer(to)
    await packChanges(from, since, to, before)
    return archive
  }

  it('come with whatever names they have, links as links, and no pipes', async () => {
    const to = join(place, 'to')
    await mkdir(to)
    await writeFile(join(place, 'all.tar'), await packed())
    await run('tar', ['-x', '-f', join(place, 'all.tar'), '-C', to])
    assert.equal(await readFile(join(to, 'inner', 'line\nbreak'), 'utf8'), 'kept')
    assert.equal(await readFile(join(to, '--checkpoint-action=exec=false'), 'utf8'), 'a name')
    assert.equal(await readlink(join(to, 'link')), '/etc/passwd')
    await assert.rejects(lstat(join(to, 'pipe')), { code: 'ENOENT' })
    assert.deepEqual((await pathsOf(to)).sort(), [
      '--checkpoint-action=exec=false',
      'inner',
      'inner/line\nbreak',
      'link',
    ])
  })

  it('that are said to be huge and hold nothing cost nothing on their way', async () => {
    await writeFile(join(from, 'huge'), '')
    await truncate(join(from, 'huge'), 2 ** 40)
    const archive = await packed()
    assert.ok(archive.length < 1 << 20, `${archive.length} bytes`)
    const to = join(place, 'huge-to')
    await mkdir(to)
    await writeFile(join(place, 'huge.tar'), archive)
    await run('tar', ['-x', '-f', join(place, 'huge.tar'), '-C', to])
    const { size, blocks } = await stat(join(to, 'huge'))
    assert.deepEqual([size, blocks * 512 < 1 << 20], [2 ** 40, true])
    await rm(join(from, 'huge'))
  })

  it('come again only when they have changed', async () => {
    const seen = await packChanges(from, 0, new PassThrough().resume())
    const later = Date.now() + 1000
    assert.doesNotMatch((await packed(later, seen)).toString('latin1'), /kept/)
    assert.match((await packed(later)).toString('latin1'), /kept/, 'of directories that were not seen before, all')
  })
})
