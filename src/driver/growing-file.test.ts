import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { growingFile } from './growing-file.ts'

test('a file is read on, across others that take its name, until it has ended', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-growing-'))
  const path = join(directory, 'log')
  const ended = Promise.withResolvers<void>()
  let text = ''
  const reader = async () => {
    for await (const chunk of growingFile(path, ended.promise)) text += chunk
  }
  const read = async (wanted: string) => {
    while (text.length < wanted.length) await new Promise(resolve => setImmediate(resolve))
    assert.equal(text, wanted)
  }
  try {
    await writeFile(path, 'one ')
    const reading = reader()
    await read('one ')
    await appendFile(path, 'two ')
    await read('one two ')
    await appendFile(path, 'three ')
    await writeFile(`${path}.tmp`, 'four ')
    await rename(`${path}.tmp`, path)
    await read('one two three four ')
    await appendFile(path, 'five ')
    await writeFile(`${path}.tmp`, 'six')
    await rename(`${path}.tmp`, path)
    ended.resolve()
    await reading
    assert.equal(text, 'one two three four five six')
  } finally {
    await rm(directory, { recursive: true })
  }
})
