import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { link, mkdir, mkdtemp, rename, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { boundedWalk, usualWalkLimits, type WalkLimits } from './bounded-walk.ts'

const limits: WalkLimits = { ...usualWalkLimits, bytes: 1 << 20, refuse: problem => new Error(problem) }

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-walk-'))
  // Node does not remove what these tests make.
  t.after(() => execFileSync('rm', ['-rf', directory]))
  return directory
}

async function seen(root: string, changes: Partial<WalkLimits> = {}): Promise<string[]> {
  const found: string[] = []
  for await (const entry of boundedWalk(root, { ...limits, ...changes })) {
    const more =
      entry.kind === 'file'
        ? (entry.sameAs ?? String(await entry.file.readFile()))
        : entry.kind === 'link'
          ? entry.target
          : entry.kind === 'other'
            ? entry.what
            : ''
    found.push(`${entry.kind} ${entry.path} ${more}`.trim())
  }
  return found
}

test('tells files, directories, links and the rest, in order, and a file of several names once', async t => {
  const root = await scratch(t)
  await mkdir(join(root, 'b/empty'), { recursive: true })
  await writeFile(join(root, 'b/file'), 'content')
  await link(join(root, 'b/file'), join(root, 'c'))
  await symlink('/etc', join(root, 'a'))
  execFileSync('mkfifo', [join(root, 'd')])
  await writeFile(Buffer.concat([Buffer.from(`${root}/e`), Buffer.from([0xff])]), 'x')
  assert.deepEqual(await seen(root), [
    'link a /etc',
    'directory b',
    'directory b/empty',
    'file b/file content',
    'file c b/file',
    'other d neither file, directory nor link',
    'other e\ufffd a name that is no UTF-8',
  ])
  assert.deepEqual(await seen(join(root, 'a')), [])
  assert.deepEqual(await seen(join(root, 'nothing')), [])
})

test('names the limit that a directory is beyond', async t => {
  const root = await scratch(t)
  await writeFile(join(root, 'one'), '')
  await truncate(join(root, 'one'), 6 * 1024 ** 3)
  await assert.rejects(seen(root), /files of more than 1048576 bytes, holes included/)
  await assert.rejects(seen(root, { entries: 0 }), /more than 0 files and directories/)
  await assert.rejects(seen(root, { pathBytes: 2 }), /a path of more than 2 bytes, "one/)
  await assert.rejects(seen(root, { seconds: -1 }), /more than -1 seconds/)
})

test('ends at thousands of directories inside one another', async t => {
  const root = await scratch(t)
  const nest = "const fs = require('fs'); for (let i = 0; i < 4000; i++) { fs.mkdirSync('d'); process.chdir('d') }"
  execFileSync(process.execPath, ['-e', nest], { cwd: root })
  await assert.rejects(seen(root), /more than 100 directories inside one another/)
  await assert.rejects(seen(root, { depth: 100_000 }), /a path of more than 4096 bytes/)
})

test('goes through no link that takes the place of a directory', async t => {
  const root = await scratch(t)
  await mkdir(join(root, 'tree/inside'), { recursive: true })
  await mkdir(join(root, 'outside'))
  await writeFile(join(root, 'outside/secret'), 'x')
  const walk = boundedWalk(join(root, 'tree'), limits)
  assert.equal((await walk.next()).value?.path, 'inside')
  await rename(join(root, 'tree/inside'), join(root, 'moved'))
  await symlink(join(root, 'outside'), join(root, 'tree/inside'))
  assert.equal((await walk.next()).done, true)
})
