import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cbor as codec } from '@smithy/core/cbor'
import fc from 'fast-check'
import { ServiceError } from '../ground/errors.ts'
import { load, type ModelName } from '../model/load.ts'
import type { OperationModel, ServiceModel, ShapeRef } from '../model/service-model.ts'
import { validate } from '../model/validator.ts'
import { cbor } from './cbor.ts'
import { json } from './json.ts'
import type { Call, Protocol } from './message.ts'
import { query } from './query-protocol.ts'
import { restJson } from './rest-json.ts'
import { restXml } from './rest-xml.ts'

const operationsOf = (name: ModelName): [ServiceModel, OperationModel][] => {
  const model = load(name)
  return Object.values(model.operations).map(operation => [model, operation])
}

/** Parses and validates as the gateway does; anything but an input or a ServiceError of the caller's fault fails the test. */
async function take(
  protocol: Protocol,
  [model, operation]: [ServiceModel, OperationModel],
  part: Partial<Call['request']>,
  body: Uint8Array,
): Promise<void> {
  const request = { method: 'POST', path: '/', query: '', headers: {}, ...part }
  try {
    const input = await protocol.parse({
      model,
      operation,
      request,
      labels: { Bucket: 'b', Key: 'k', EndpointName: 'e' },
      body,
    })
    if (operation.input) validate(model, operation.input, input)
  } catch (error) {
    assert.ok(error instanceof ServiceError, `${operation.name}: ${error instanceof Error ? error.stack : error}`)
    assert.ok((error.status ?? 400) < 500 || error.code === 'NotImplemented', error.message)
  }
}

/** Trees that are near the shapes: their own member names with values of any type. */
const nearTree = ([model, operation]: [ServiceModel, OperationModel]): fc.Arbitrary<unknown> => {
  const names = new Set<string>()
  const collect = (ref: ShapeRef | undefined, depth: number): void => {
    const shape = ref && model.shapes[ref.shape]
    if (!shape || depth > 4) return
    for (const [name, member] of Object.entries(shape.members ?? {})) {
      names.add(member.locationName ?? name)
      collect(member, depth + 1)
    }
    for (const inner of [shape.member, shape.key, shape.value]) collect(inner, depth + 1)
  }
  collect(operation.input, 0)
  const key = fc.constantFrom(...names, 'member', 'entry', '__proto__', 'constructor', 'toString')
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, '', 'AAAA', 0, 1e20),
  )
  return fc.letrec(tie => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(key, tie('node'), { maxKeys: 4 }),
    ),
  })).node
}

const withOperation = (names: readonly ModelName[]) =>
  fc.constantFrom(...names.flatMap(operationsOf)).chain(target => fc.tuple(fc.constant(target), nearTree(target)))

describe("whatever comes is an input or the caller's mistake", () => {
  it('JSON', async () => {
    await fc.assert(
      fc.asyncProperty(withOperation(['sagemaker', 'ecr', 'kms', 'logs', 'marketplace-agreement']), ([target, tree]) =>
        take(json, target, {}, Buffer.from(JSON.stringify(tree) ?? '')),
      ),
      { numRuns: 1500 },
    )
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), bytes =>
        take(json, operationsOf('kms')[0] as [ServiceModel, OperationModel], {}, bytes),
      ),
    )
  })

  it('CBOR', async () => {
    await fc.assert(
      fc.asyncProperty(withOperation(['cloudwatch', 'marketplace-entitlement']), ([target, tree]) =>
        take(cbor, target, {}, codec.serialize(tree)),
      ),
      { numRuns: 500 },
    )
    const target = operationsOf('cloudwatch')[0] as [ServiceModel, OperationModel]
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), bytes => take(cbor, target, {}, bytes)),
      { numRuns: 2000 },
    )
  })

  it('REST JSON', async () => {
    const request = fc.record({
      query: fc.webQueryParameters(),
      headers: fc.dictionary(
        fc.constantFrom(
          'content-type',
          'x-amzn-sagemaker-inference-id',
          'x-amzn-sagemaker-requestttlseconds',
          'x-amz-x',
        ),
        fc.string(),
      ),
    })
    await fc.assert(
      fc.asyncProperty(
        withOperation(['marketplace-catalog', 'marketplace-discovery', 'sagemaker-metrics']),
        request,
        ([target, tree], part) => take(restJson, target, part, Buffer.from(JSON.stringify(tree) ?? '')),
      ),
      { numRuns: 800 },
    )
  })

  it('query', async () => {
    const path = (target: [ServiceModel, OperationModel]) => nearTree(target).map(tree => flatten(tree, '').join('&'))
    const calls = fc
      .constantFrom(...(['iam', 'sts', 'cloudwatch'] as const).flatMap(operationsOf))
      .chain(target => fc.tuple(fc.constant(target), path(target)))
    await fc.assert(
      fc.asyncProperty(calls, ([target, form]) => take(query, target, {}, Buffer.from(form))),
      { numRuns: 1000 },
    )
    const target = operationsOf('iam')[0] as [ServiceModel, OperationModel]
    await fc.assert(
      fc.asyncProperty(fc.string(), form => take(query, target, { query: form }, Buffer.from(form))),
      { numRuns: 1000 },
    )
  })

  it('XML', async () => {
    const calls = withOperation(['s3']).map(([target, tree]) => {
      const [model, operation] = target
      const shape = model.shapes[operation.input?.shape ?? '']
      const payload = shape?.payload ? shape.members?.[shape.payload] : undefined
      const root = payload?.locationName ?? payload?.shape ?? 'Root'
      return [target, element(root, tree)] as const
    })
    await fc.assert(
      fc.asyncProperty(calls, ([target, xml]) => take(restXml, target, {}, Buffer.from(xml))),
      { numRuns: 1000 },
    )
    const target = operationsOf('s3').find(([, operation]) => operation.name === 'DeleteObjects') as [
      ServiceModel,
      OperationModel,
    ]
    const pieces = fc.array(
      fc.constantFrom(
        '<Delete>',
        '</Delete>',
        '<Object>',
        '</Object>',
        '<Key>',
        '</Key>',
        'a',
        '&amp;',
        '&x;',
        '&#x110000;',
        '<![CDATA[',
        ']]>',
        '<!--',
        '-->',
        '<?',
        '?>',
        '/>',
        ' a="b"',
        '<',
        '>',
      ),
    )
    await fc.assert(
      fc.asyncProperty(pieces, parts => take(restXml, target, {}, Buffer.from(parts.join('')))),
      { numRuns: 2000 },
    )
  })
})

function flatten(tree: unknown, path: string): string[] {
  if (Array.isArray(tree)) return tree.flatMap((entry, index) => flatten(entry, `${path}.member.${index + 1}`))
  if (typeof tree === 'object' && tree !== null) {
    return Object.entries(tree).flatMap(([key, entry]) => flatten(entry, path === '' ? key : `${path}.${key}`))
  }
  return [`${encodeURIComponent(path)}=${encodeURIComponent(String(tree).toWellFormed())}`]
}

function element(name: string, tree: unknown): string {
  if (Array.isArray(tree)) return tree.map(entry => element(name, entry)).join('')
  const inside =
    typeof tree === 'object' && tree !== null
      ? Object.entries(tree)
          .map(([key, entry]) => element(key, entry))
          .join('')
      : String(tree).replaceAll(/[<&]/g, '')
  return `<${name}>${inside}</${name}>`
}
