import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkLogo } from '../marketplace/catalog/logo.ts'
import { logo } from './logo-command.ts'

test('modelmart logo draws what a listing takes, and says when it cannot be written', async context => {
  const place = await mkdtemp(join(tmpdir(), 'modelmart-logo-'))
  context.after(() => rm(place, { recursive: true }))
  const told: string[] = []
  const err = { write: (text: string) => told.push(text) > 0 }
  await logo('Iris Trees', join(place, 'logo.png'), { err } as never)
  const content = await readFile(join(place, 'logo.png'))
  checkLogo({ size: content.length, content })
  await logo('Iris Trees', join(place, 'none/logo.png'), { err } as never)
  assert.match(told.join(''), /^modelmart logo: ENOENT/)
  assert.equal(process.exitCode, 1)
  process.exitCode = 0
})
