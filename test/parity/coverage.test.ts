import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { coverage, parityServices } from './coverage.ts'
import { servedServices } from './served-services.ts'

const root = new URL('../../', import.meta.url).pathname
const services = await servedServices()

const read = (patterns: readonly string[]): string =>
  patterns
    .flatMap(pattern => globSync(pattern, { cwd: root }))
    .map(file => readFileSync(`${root}${file}`, 'utf8'))
    .join('\n')

test('every service has its tests named', () => {
  const known = [...parityServices, ...Object.keys(coverage)]
  assert.deepEqual(
    services.map(({ model }) => model.metadata.serviceId).filter(id => !known.includes(id)),
    [],
  )
})

/** The operations that the titles of a service's parity tests name; each such test fails unless an official client asked for them. */
function titled(id: string): Set<string> {
  const files = globSync('test/parity/*.test.ts', { cwd: root }).map(file => readFileSync(`${root}${file}`, 'utf8'))
  return new Set(files.flatMap(text => testersOf(text, id).flatMap(tester => namedBy(tester, text))))
}

/** What a file calls the function that makes the tests of a service. */
const testersOf = (text: string, id: string): string[] => [
  ...[...text.matchAll(/const (\w+) = parityOf\('([^']+)'\)/g)].flatMap(([, name, of]) =>
    of === id ? [name ?? ''] : [],
  ),
  ...(id === 'SageMaker' && !/const parity = parityOf\(/.test(text) ? ['parity'] : []),
]

const namedBy = (tester: string, text: string): string[] => {
  const titles = [...text.matchAll(new RegExp(`\\b${tester}\\(\\s*'([\\w ]+)'`, 'g'))].flatMap(match =>
    (match[1] ?? '').split(' '),
  )
  const listed = tester === 'parity' ? [...text.matchAll(/operation: '(List\w+)'/g)].map(match => match[1] ?? '') : []
  return [...titles, ...listed]
}

for (const id of parityServices)
  test(`every operation of ${id} that is served has a parity test`, () => {
    const covered = titled(id)
    const [service] = services.filter(({ model }) => model.metadata.serviceId === id)
    const uncovered = Object.keys(service?.operations ?? assert.fail(id)).filter(name => !covered.has(name))
    assert.deepEqual(uncovered, [])
  })

for (const [id, patterns] of Object.entries(coverage))
  test(`every operation of ${id} that is served is called by a test`, () => {
    const service = services.find(({ model }) => model.metadata.serviceId === id)
    const text = read(patterns)
    const uncalled = Object.keys(service?.operations ?? {}).filter(name => !isCalled(name, text))
    assert.deepEqual(uncalled, [])
  })

/** By its name as in requests, as the SDK's method or command, or as the command line's. */
function isCalled(name: string, text: string): boolean {
  const kebab = name.replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase()
  const method = name.charAt(0).toLowerCase() + name.slice(1)
  return [`'${name}'`, `${name}Command`, `.${method}(`, `'${kebab}'`, `${name}(`].some(form => text.includes(form))
}
