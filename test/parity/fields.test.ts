import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { SageMaker } from '@aws-sdk/client-sagemaker'
import { load } from '../../src/model/load.ts'
import type { ShapeRef } from '../../src/model/service-model.ts'
import { describes, type Field, fieldsOf } from '../../src/sagemaker/field-table.ts'
import { createSageMakerService } from '../../src/sagemaker/sagemaker-service.ts'
import { unsupported } from '../../src/sagemaker/unsupported.ts'
import { documentUrl, fieldsDocument } from './fields-document.ts'
import { fullRequest, valuesAt } from './full-request.ts'
import { installation } from './installation.ts'
import { sampleOf, shapeAt, withMember } from './sample.ts'
import { type StoredRequest, storedRequests } from './stored-requests.ts'

const model = load('sagemaker')
const served = Object.keys(createSageMakerService().operations)
const at = installation()

type Call = (input: object) => Promise<Record<string, unknown>>

const call = (client: SageMaker, operation: string, input: object) => {
  const method = `${operation.charAt(0).toLowerCase()}${operation.slice(1)}` as keyof SageMaker
  return (client[method] as unknown as Call).call(client, input)
}

test('every member of every served request has its place in the table', () => {
  for (const operation of served) assert.doesNotThrow(() => fieldsOf(operation))
  const known = new Set(served.flatMap(fieldsOf).map(({ operation, path }) => `${operation} ${path}`))
  for (const operation of served)
    for (const { path } of unsupported[operation] ?? [])
      assert.ok(known.has(`${operation} ${path}`), `unsupported.ts: ${operation} has no member ${path}`)
  assert.deepEqual(
    Object.keys(unsupported).filter(operation => !served.includes(operation)),
    [],
  )
})

test('docs/fields.md is what the table says', async () => {
  const message = 'run `node test/parity/fields-document.ts`'
  assert.equal(await readFile(documentUrl, 'utf8').catch(() => ''), fieldsDocument(), message)
})

test('a refused member is refused by a call, and so is a value beyond the limited', { timeout: 60_000 }, async t => {
  for (const operation of served)
    for (const rule of unsupported[operation] ?? [])
      await t.test(`${operation} ${rule.path}`, async () => {
        const input = model.operations[operation]?.input as ShapeRef
        const path = rule.path.split('.')
        const wrong = rule.allowed && otherThan(rule.allowed, shapeAt(model, input, path))
        const base = withMember(model, input, sampleOf(model, input), path, wrong)
        const request = allowedOtherwise(operation, rule.path, base as object)
        await assert.rejects(call(at.owner.sagemaker, operation, request as object), (error: Error) => {
          assert.equal(error.name, 'ValidationException', error.message)
          assert.ok(error.message.startsWith(rule.path) && error.message.includes('not supported'), error.message)
          return true
        })
      })
})

/** A sample may hold a limited member that is not looked at here: it gets a value that is allowed. */
function allowedOtherwise(operation: string, but: string, base: object): object {
  const input = model.operations[operation]?.input as ShapeRef
  const others = (unsupported[operation] ?? []).filter(({ path, allowed }) => {
    const [value] = valuesAt(base, path.split('.'))
    return path !== but && value !== undefined && allowed && !allowed.includes(value)
  })
  return others.reduce(
    (request, { path, allowed }) => withMember(model, input, request, path.split('.'), allowed?.[0]) as object,
    base,
  )
}

function otherThan(
  allowed: readonly unknown[],
  { type, enum: values = [] }: { type: string; enum?: readonly string[] },
): unknown {
  const candidates = type === 'boolean' ? [true, false] : values
  const other = candidates.find(value => !allowed.includes(value))
  if (other === undefined) throw new Error(`every value of ${candidates} is allowed: the rule refuses nothing`)
  return other
}

test('a returned member comes back as it was given', { timeout: 60_000 }, async t => {
  const proven = new Set<string>()
  for (const stored of storedRequests(at.owner))
    await t.test(`${stored.operation} ${stored.name}`, async () => {
      const request = fullRequest(stored.operation, stored.without, stored.overrides)
      await call(at.owner.sagemaker, stored.operation, request)
      const described = await describe(stored)
      for (const { path, operation } of fieldsOf(stored.operation).filter(isReturned)) {
        const given = valuesAt(request, path.split('.'))
        if (given.length === 0) continue
        assert.deepEqual(valuesAt(described, path.split('.')), given, path)
        proven.add(`${operation} ${path}`)
      }
    })
  const fields = served
    .filter(operation => describes[operation])
    .flatMap(fieldsOf)
    .filter(isReturned)
  const unproven = fields.map(({ operation, path }) => `${operation} ${path}`).filter(name => !proven.has(name))
  assert.deepEqual(unproven, [], 'give them in stored-requests.ts')
})

const isReturned = ({ class: what, inner }: Field): boolean => what === 'returned' && !inner

async function describe({ operation, describe: input, settled }: StoredRequest): Promise<Record<string, unknown>> {
  const read = () => call(at.owner.sagemaker, describes[operation] as string, input)
  for (let tries = 0; ; tries++) {
    const described = await read()
    if (!settled || described[settled] === 'Completed') return described
    assert.ok(tries < 100, `${settled} is ${described[settled]}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
