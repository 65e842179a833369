import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { Agent } from 'undici'
import type { OperationModel, ServiceModel } from '../../src/model/service-model.ts'
import type { Service } from '../../src/service/service.ts'
import { openDataStore } from '../../src/store/store.fixture.ts'
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

/** What every table holds, but for the security log and the notes of when a key was last used and when the platform tidies up next. */
async function rows(): Promise<Record<string, string[]>> {
  const { db, close } = await openDataStore(at.data)
  try {
    const contents: Record<string, string[]> = {}
    for (const { name } of await db.introspection.getTables())
      if (!name.startsWith('audit_')) {
        const { rows } = await sql<object>`select * from ${sql.table(name)}`.execute(db)
        contents[name] = rows.filter(isAsked).map(unnoted).sort()
      }
    return contents
  } finally {
    await close()
  }
}

const isAsked = (row: object): boolean => !('kind' in row && row.kind === 'maintenance')

const unnoted = (row: object): string =>
  JSON.stringify(Object.entries(row).filter(([column]) => !/^last_(used|service|region)$/.test(column)))

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

interface Speech {
  readonly name: string
  /** With the protocol that is spoken. */
  readonly model: ServiceModel
  readonly operations: readonly OperationModel[]
}

/** Every service in each protocol that its model names: clients differ in which they choose. */
const speeches: readonly Speech[] = services.flatMap(service => {
  return service.model.metadata.protocols.map(spoken => ({
    name: `${idOf(service)}, ${spoken}`,
    model: { ...service.model, metadata: { ...service.model.metadata, protocol: spoken } },
    operations: operationsOf(service),
  }))
})

test('every protocol of the models is spoken', () => {
  const spoken = new Set(speeches.map(({ model }) => model.metadata.protocol))
  assert.deepEqual([...spoken].sort(), ['json', 'query', 'rest-json', 'rest-xml', 'smithy-rpc-v2-cbor'])
})

test('an answer that is wrong is found out', () => {
  const [{ model } = assert.fail()] = speeches
  const broken: BrokenInput = { told: 'a.b', what: 'too long', value: {} }
  const right = { status: 400, body: "Value 'x' at 'a.b' failed to satisfy constraint: …" }
  assert.equal(problemOf(model, broken, right), undefined)
  assert.ok(problemOf(model, broken, { ...right, status: 200 }), 'accepted')
  assert.ok(problemOf(model, broken, { ...right, status: 500 }), 'broken down')
  assert.ok(problemOf(model, broken, { ...right, body: right.body.replace('a.b', 'a.c') }), 'another member')
  assert.ok(problemOf(model, broken, { ...right, body: 'Access denied' }), 'another reason')
})

for (const { name, model, operations } of speeches)
  test(`${name}: each constraint broken once, each member of a wrong type`, async () => {
    const named = await namedBucket(model)
    const before = await rows()
    const wrong: string[] = []
    for (const operation of operations)
      await each(brokenInputs(model, operation), async broken => {
        const wire = wireOf(model, operation, named(broken))
        const answer = await sendWire(sender(), model, wire)
        const problem = problemOf(model, broken, answer)
        if (problem) wrong.push(`${operation.name} ${broken.told ?? ''} ${broken.what}: ${problem}`)
      })
    assert.deepEqual(wrong, [])
    assert.deepEqual(await rows(), before, 'nothing is written')
  })

const bucket = 'fuzz-bucket'

/** S3 looks for the bucket, and asks leave, before it reads a body: so the sample's is one that there is. */
async function namedBucket(model: ServiceModel) {
  const create = model.metadata.protocol === 'rest-xml' ? model.operations.CreateBucket : undefined
  const value = (broken: BrokenInput) => broken.value as Record<string, unknown>
  if (!create) return value
  assert.equal((await sendWire(sender(), model, wireOf(model, create, { Bucket: bucket }))).status, 200)
  return (broken: BrokenInput) => (broken.location ? value(broken) : { ...value(broken), Bucket: bucket })
}

/** What is not as it must be in an answer to a broken input. */
function problemOf(
  model: ServiceModel,
  { told, what, location }: BrokenInput,
  { status, body }: Answer,
): string | undefined {
  const shown = `${status} ${body.slice(0, 300)}`
  // A part of S3 that is left out can turn the request into another one, which may not be served.
  const elsewhere =
    status === 501 && model.metadata.protocol === 'rest-xml' && body.includes('<Code>NotImplemented</Code>')
  if (elsewhere) return undefined
  if (status < 400 || status >= 500) return shown
  // A label that is wrong leads elsewhere, and so does what S3 tells operations apart by; a header cannot carry what breaks patterns.
  const lost =
    location === 'uri' ||
    (location && what === 'left out' && model.metadata.protocol === 'rest-xml') ||
    (location === 'header' && what === 'not of the pattern') ||
    body === ''
  if (told === undefined || lost) return undefined
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

for (const { name, model, operations } of speeches)
  test(`${name}: bodies that are none`, async () => {
    const before = await rows()
    const wrong: string[] = []
    const needy = operations.filter(
      operation =>
        (model.shapes[operation.input?.shape ?? '']?.required ?? []).length > 0 && takesBody(model, operation),
    )
    for (const [index, operation] of needy.entries())
      await each(Object.entries(bodies), async ([what, body]) => {
        // Whatever the operation, the gateway stops reading at the same place.
        if (index > 0 && what === 'huge') return
        const wire = {
          ...right(model, operation),
          body: model.metadata.protocol === 'query' ? asForm(operation, body) : body,
        }
        const { status, body: told } = await sendWire(sender(), model, wire)
        if (status < 400 || status >= 500) wrong.push(`${operation.name} ${what}: ${status} ${told.slice(0, 300)}`)
      })
    assert.deepEqual(wrong, [])
    assert.deepEqual(await rows(), before, 'nothing is written')
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

for (const { name, model, operations } of speeches.filter(({ model }) => model.metadata.protocol !== 'rest-xml'))
  test(`${name}: a member that no model knows is refused by its name`, async () => {
    const before = await rows()
    const wrong: string[] = []
    await each(
      operations.filter(operation => takesMembers(model, operation)),
      async operation => {
        const sample = operation.input ? (sampleOf(model, operation.input) as Record<string, unknown>) : {}
        const { status, body } = await sendWire(
          sender(),
          model,
          wireOf(model, operation, { ...sample, NoSuchMember: 'x' }),
        )
        if (status !== 400 || !body.includes('NoSuchMember'))
          wrong.push(`${operation.name}: ${status} ${body.slice(0, 300)}`)
      },
    )
    assert.deepEqual(wrong, [])
    assert.deepEqual(await rows(), before, 'nothing is written')
  })

/** Its body, where it has one, is a document of members. */
function takesMembers(model: ServiceModel, { input }: OperationModel): boolean {
  const shape = model.shapes[input?.shape ?? '']
  if (!model.metadata.protocol.startsWith('rest')) return true
  return !shape?.payload && Object.values(shape?.members ?? {}).some(({ location }) => !location)
}
