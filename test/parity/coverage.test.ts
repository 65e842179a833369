import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { coverage } from './coverage.ts'
import { servedServices } from './served-services.ts'

const root = new URL('../../', import.meta.url).pathname
const services = await servedServices()

const read = (patterns: readonly string[]): string =>
  patterns
    .flatMap(pattern => globSync(pattern, { cwd: root }))
    .map(file => readFileSync(`${root}${file}`, 'utf8'))
    .join('\n')

test('every service has its tests named', () => {
  const known = ['SageMaker', ...Object.keys(coverage)]
  assert.deepEqual(
    services.map(({ model }) => model.metadata.serviceId).filter(id => !known.includes(id)),
    [],
  )
})

test('every operation of SageMaker that is served has a parity test', () => {
  const text = read(['test/parity/*.test.ts'])
  const titles = [...text.matchAll(/parity\(\s*'([\w ]+)'/g)].flatMap(match => (match[1] as string).split(' '))
  const listed = [...text.matchAll(/operation: '(List\w+)'/g)].map(match => match[1] as string)
  const covered = new Set([...titles, ...listed])
  const [sagemaker] = services.filter(({ model }) => model.metadata.serviceId === 'SageMaker')
  assert.deepEqual(
    Object.keys(sagemaker?.operations ?? {}).filter(name => !covered.has(name)),
    [],
  )
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
