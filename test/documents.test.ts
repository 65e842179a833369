import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { readArchitecture, withDiagram } from './architecture-diagram.ts'
import { isTestSupport } from './source-imports.ts'

const root = new URL('../', import.meta.url).pathname
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

test('the picture of the house is that of the imports', () => {
  const text = readArchitecture()
  assert.equal(text, withDiagram(text), 'run `node test/architecture-diagram.ts`')
})

test('every runtime dependency has its reason, and no other package has', () => {
  const { dependencies, optionalDependencies } = JSON.parse(read('package.json'))
  const table = read('docs/dependencies.md')
  const named = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(row => [...(row[1] ?? '').matchAll(/`([^`]+)`/g)])
  assert.deepEqual(
    named.map(name => name[1] as string).sort(),
    [...Object.keys(dependencies), ...Object.keys(optionalDependencies)].sort(),
  )
})

/** Tests apart, more than this many files are no longer seen at a glance. */
const atAGlance = 10

test('a folder of more than ten files says what it is, what it owns and why not the obvious way', () => {
  const files = globSync('src/**/*.ts', { cwd: root }).filter(file => !isTestSupport(`/${file}`))
  const folders = Object.entries(Object.groupBy(files, file => dirname(file)))
  const silent = folders.filter(
    ([folder, held]) => (held?.length ?? 0) > atAGlance && !existsSync(join(root, folder, 'README.md')),
  )
  assert.deepEqual(
    silent.map(([folder]) => folder),
    [],
  )
})

test('no file holds two versions of a text that somebody forgot to choose from', () => {
  const marks = ['<', '>'].map(sign => `^${sign.repeat(7)} `)
  const { status, stdout } = spawnSync('git', ['grep', '-lE', marks.join('|')], { cwd: root, encoding: 'utf8' })
  assert.deepEqual([status, stdout], [1, ''], 'git grep finds nothing and says so by 1')
})

test('files that documents name are there', () => {
  const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
  const missing = documents
    // What was decided is kept as it was, whatever files are called today.
    .filter(path => !path.startsWith('docs/decisions/') && path !== 'CHANGELOG.md')
    .flatMap(path =>
      [...read(path).matchAll(/`((?:src|test|docs|bench|setup|demo|examples)\/[\w./-]+\.\w+)`/g)].map(
        found => `${path}: ${found[1]}`,
      ),
    )
    .filter(found => !existsSync(join(root, found.split(': ')[1] as string)))
  assert.deepEqual(missing, [])
})

test('files that a folder says it has are there', () => {
  const isThere = (folder: string, name: string) =>
    existsSync(join(root, folder, name)) || globSync(join(root, folder, '**', name)).length > 0
  const missing = globSync('src/**/README.md', { cwd: root }).flatMap(path =>
    [...read(path).matchAll(/`([\w./-]+\.ts)`/g)]
      .map(found => found[1] as string)
      .filter(name => !/^(src|test|bench)\//.test(name) && !isThere(dirname(path), name))
      .map(name => `${path}: ${name}`),
  )
  assert.deepEqual(missing, [])
})
