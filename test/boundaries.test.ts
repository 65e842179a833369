import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

const root = new URL('../src/', import.meta.url).pathname

/** The house, top to bottom: a part may import from its own and from those below, never from beside or above. */
const layers: readonly (readonly string[])[] = [
  ['main'],
  ['server', 'platform', 'maintenance'],
  ['cli'],
  ['gateway'],
  ['protocol'],
  ['sagemaker'],
  ['runtime', 'tuning'],
  ['s3', 'ecr', 'logs', 'metrics', 'iam', 'kms', 'marketplace'],
  ['workload', 'scan'],
  ['reconcile'],
  ['driver'],
  ['store'],
  ['model'],
  ['service'],
]

/** Run by themselves, not in the server: a script in the probe container, and a look for programs on the PATH. */
const ownProcess = ['driver/isolation-attempts.ts', 'driver/firewall.ts']

const partOf = (path: string): string => relative(root, path).split('/')[0]?.replace(/\.ts$/, '') ?? ''
const layerOf = (part: string): number => layers.findIndex(layer => layer.includes(part))
const isTest = (file: string): boolean => /\.test\.ts$|-house\.ts$|fixture\.ts$|\/suite/.test(file)

function violations(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const from = partOf(file)
  const found: string[] = []
  for (const match of text.matchAll(/^(import|export)\s+(type\s)?[^'"]*?from '(\.[^']+)'/gm)) {
    const path = join(dirname(file), match[3] as string)
    // The set-up stands outside the house: plain JavaScript that also runs before anything is installed.
    if (!path.startsWith(root)) continue
    const to = partOf(path)
    if (from === to) continue
    // Contracts name what they are built of, whichever layer defines it; a type is no dependency at run time.
    const contract = from === 'service' && match[2] !== undefined
    if (contract || layerOf(to) > layerOf(from)) continue
    const both = layers[layerOf(from)]
    const composition = from === 'server' && both?.includes(to)
    if (!composition) found.push(`${relative(root, file)} imports ${match[3]}`)
  }
  return found
}

test('imports point down the house', () => {
  const files = globSync(`${root}**/*.ts`).filter(file => !isTest(file))
  assert.ok(files.length > 200)
  const unknown = [...new Set(files.map(partOf))].filter(part => layerOf(part) < 0)
  assert.deepEqual(unknown, [], 'a part that the house does not know')
  assert.deepEqual(files.flatMap(violations), [])
})

test('only the composition root reads flags and environment', () => {
  const files = globSync(`${root}**/*.ts`).filter(
    file => !isTest(file) && partOf(file) !== 'main' && !ownProcess.includes(relative(root, file)),
  )
  const readers = files.filter(file => /process\.(env|argv)\b/.test(readFileSync(file, 'utf8')))
  assert.deepEqual(
    readers.map(file => relative(root, file)),
    [],
  )
})
