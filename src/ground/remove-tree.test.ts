import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { removeTree } from './remove-tree.ts'

test('removes names of any bytes and paths of any length, and nothing beside', async t => {
  const root = await mkdtemp(join(tmpdir(), 'modelmart-remove-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const tree = join(root, 'tree')
  await mkdir(tree)
  await writeFile(join(root, 'beside'), '')
  await writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0xfe])]), 'x')
  const nest = "const fs = require('fs'); for (let i = 0; i < 3000; i++) { fs.mkdirSync('dd'); process.chdir('dd') }"
  execFileSync(process.execPath, ['-e', nest], { cwd: tree })
  await removeTree(tree)
  await removeTree(tree)
  assert.deepEqual(await readdir(root), ['beside'])
})
