import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readForeignFile } from './foreign-file.ts'

const place = await mkdtemp(join(tmpdir(), 'modelmart-foreign-'))
after(() => rm(place, { recursive: true }))
const at = (name: string) => join(place, name)
const read = (name: string, most = 10) => readForeignFile(at(name), 'the notebook', most)

test('a file is read up to its bound', async () => {
  await writeFile(at('file'), '0123456789')
  assert.equal(`${await read('file')}`, '0123456789')
  await assert.rejects(read('file', 9), { message: 'the notebook has more than 9 bytes.' })
  await writeFile(at('empty'), '')
  assert.equal((await read('empty', 0)).length, 0)
})

test('what is not a file is refused, and none is waited for', async () => {
  await writeFile(at('secret'), 'a key')
  await symlink(at('secret'), at('link'))
  execFileSync('mkfifo', [at('pipe')])
  await assert.rejects(read('link'), /^Error: the notebook is no file \(ELOOP\)\.$/)
  await assert.rejects(read('pipe'), /^Error: the notebook is no file\.$/)
  await assert.rejects(read('.'), /^Error: the notebook is no file\.$/)
  await assert.rejects(read('nothing'), /^Error: the notebook is not there\.$/)
  await assert.rejects(read('empty/below'), /^Error: the notebook is no file \(ENOTDIR\)\.$/)
})
