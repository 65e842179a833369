import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { Agent } from 'undici'
import type { OperationModel, ServiceModel } from '../../src/model/model.ts'
import type { Service } from '../../src/service/operation.ts'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { type BrokenInput, brokenInputs } from './broken-inputs.ts'
import { installation } from './installation.ts'
import { sampleOf } from './sample.ts'
import { servedServices } from './served-services.ts'
import { type Answer, type Sender, sendWire, type Wire, wireOf } from './wire-request.ts'

const at = installation()
const services = await servedServices()
const dispatcher = new Agent({ connections: 8 })
after(() => dispatcher.close())

const sender = (): Sender => ({ url: at.url, credentials: at.owner.credentials, region: 'us-east-1', dispatcher })

/** Rows of every table. */
function rows(): Record<string, number> {
  const database = new DatabaseSync(join(dataDirectory(at.data).database), { readOnly: true })
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[]
    const count = (name: string) => (database.prepare(`select count(*) as n from "${name}"`).get() as { n: number }).n
    return Object.fromEntries(tables.map(({ name }) => [name, count(name)]))
  } finally {
    database.close()
  }
}

/** Runs many at a time, in order. */
async function each<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items]
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item)
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

const operationsOf = ({ model, operations }: Service): OperationModel[] =>
  Object.keys(operations).map(name => model.operations[name] as OperationModel)

const idOf = ({ model }: Service): string => model.metadata.serviceId

for (const service of services)
  test(`${idOf(service)}: each constraint broken once, each member of a wrong type`, async () => {
    const { model } = service
    const before = rows()
    const wrong: string[] = []
    for (const operation of operationsOf(service))
      await each(brokenInputs(model, operation), async broken => {
        const wire = wireOf(model, operation, broken.value as Record<string, unknown>)
        const answer = await sendWire(sender(), model, wire)
        const problem = problemOf(model, broken, answer)
        if (problem) wrong.push(`${operation.name} ${broken.told ?? ''} ${broken.what}: ${problem}`)
      })
    assert.deepEqual(wrong, [])
    assert.deepEqual(rows(), before, 'nothing is written')
  })

/** What is not as it must be in an answer to a broken input. */
function problemOf(model: ServiceModel, { told, location }: BrokenInput, { status, body }: Answer): string | undefined {
  const shown = `${status} ${body.slice(0, 300)}`
  // A part of S3 that is left out can turn the request into another one, which may not be served.
  const elsewhere =
    status === 501 && model.metadata.protocol === 'rest-xml' && body.includes('<Code>NotImplemented</Code>')
  if (elsewhere) return undefined
  if (status < 400 || status >= 500) return shown
  if (told === undefined || location || model.metadata.protocol === 'rest-xml') return undefined
  const paths = [...unquoted(body).matchAll(/ at '([^']*)' failed to satisfy/g)].map(match => match[1])
  const right = paths.length > 0 && paths.every(path => path === told)
  return right && status === 400 ? undefined : shown
}

const unquoted = (text: string): string =>
  text.replaceAll('&apos;', "'").replaceAll('&#39;', "'").replaceAll('\\u0027', "'")

const bodies: Readonly<Record<string, string | Uint8Array>> = {
  truncated: '{"A": "b',
  array: '[]',
  number: '5',
  text: '"text"',
  null: 'null',
  'bad UTF-8': Uint8Array.from([0x7b, 0x22, 0x4e, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  'nested deeply': `${'{"A":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  'nested lists': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  'open lists': '['.repeat(100_000),
  'nested elements': `${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}`,
  'open elements': '<a><b>',
  'an entity': '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  'prototype names': '{"__proto__": {"a": 1}, "constructor": {"prototype": {}}}',
  huge: `{"A": "${'a'.repeat(12 * 1024 * 1024)}"}`,
}

for (const service of services)
  test(`${idOf(service)}: bodies that are none`, async () => {
    const { model } = service
    const before = rows()
    const wrong: string[] = []
    const needy = operationsOf(service).filter(
      ({ input }) => (model.shapes[input?.shape ?? '']?.required ?? []).length > 0,
    )
    const [first, second] = needy.filter(operation => takesBody(model, operation))
    for (const operation of [first, second].filter(one => one !== undefined))
      await each(Object.entries(bodies), async ([name, body]) => {
        const wire = {
          ...right(model, operation),
          body: model.metadata.protocol === 'query' ? asForm(operation, body) : body,
        }
        const { status, body: told } = await sendWire(sender(), model, wire)
        if (status < 400 || status >= 500) wrong.push(`${operation.name} ${name}: ${status} ${told.slice(0, 300)}`)
      })
    assert.deepEqual(wrong, [])
    assert.deepEqual(rows(), before, 'nothing is written')
  })

/** A structured body, which must not be anything at all. */
function takesBody(model: ServiceModel, { input }: OperationModel): boolean {
  const shape = model.shapes[input?.shape ?? '']
  const payload = shape?.payload && model.shapes[shape.members?.[shape.payload]?.shape ?? '']
  if (payload) return payload.type === 'structure'
  const inBody = Object.entries(shape?.members ?? {}).filter(([, { location }]) => !location)
  return model.metadata.protocol !== 'rest-xml' && inBody.some(([name]) => shape?.required?.includes(name))
}

const right = (model: ServiceModel, operation: OperationModel): Wire =>
  wireOf(model, operation, operation.input ? (sampleOf(model, operation.input) as Record<string, unknown>) : {})

const asForm = ({ name }: OperationModel, body: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`Action=${name}&Nonsense=`), Buffer.from(body)])

test('a member that no model knows is refused by its name', async () => {
  for (const { model, operations } of services.filter(({ model }) => model.metadata.targetPrefix)) {
    const name = Object.keys(operations).find(
      one => (model.shapes[model.operations[one]?.input?.shape ?? '']?.required ?? []).length > 0,
    )
    const operation = model.operations[name ?? '']
    if (!operation) continue
    const { status, body } = await sendWire(sender(), model, wireOf(model, operation, { NoSuchMember: { a: [1] } }))
    assert.equal(status, 400, `${name}: ${body}`)
    assert.match(body, /Unknown member 'NoSuchMember'/)
  }
})
