import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { load, type ModelName } from '../model/load.ts'
import type { OperationModel, ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'
import { requireExpressible } from './expressible.ts'

const metadata = {
  apiVersion: '1',
  endpointPrefix: 'x',
  protocol: 'rest-json',
  protocols: ['rest-json'],
  serviceId: 'Other',
}
const operation: OperationModel = {
  name: 'Ask',
  http: { method: 'GET', requestUri: '/' },
  input: { shape: 'Input' },
  errors: [{ shape: 'Fault' }],
}
const withMember = (ref: ShapeRef, shape: Shape, more: Record<string, Shape> = {}): ServiceModel => ({
  metadata,
  operations: { Ask: operation },
  shapes: { Input: { type: 'structure', members: { M: { ...ref, shape: 'M' } } }, M: shape, ...more },
})
const text: Shape = { type: 'string' }

describe('what a model says and the protocols cannot do is refused at the start', () => {
  it('header lists that need quotes, dates in them, maps of parameters, lists with two names, members of errors in headers', () => {
    const header = { shape: 'M', location: 'header', locationName: 'm' } as const
    const listOf = (shape: string): Shape => ({ type: 'list', member: { shape } })
    const cases: [ServiceModel, RegExp][] = [
      [withMember(header, listOf('T'), { T: text }), /Input\.M is a header list of free texts/],
      [withMember(header, listOf('T'), { T: { type: 'timestamp' } }), /header list of dates/],
      [
        withMember(
          { shape: 'M', location: 'querystring' },
          { type: 'map', key: { shape: 'T' }, value: { shape: 'T' } },
          { T: text },
        ),
        /a map of query parameters/,
      ],
      [
        withMember(
          { shape: 'M', flattened: true, locationName: 'a' },
          { type: 'list', member: { shape: 'T', locationName: 'b' } },
          { T: text },
        ),
        /two names/,
      ],
      [
        withMember({ shape: 'M' }, text, {
          Fault: { type: 'structure', exception: true, members: { Wait: { shape: 'T', location: 'header' } } },
          T: text,
        }),
        /Fault\.Wait is a member of an error/,
      ],
    ]
    for (const [model, problem] of cases) assert.throws(() => requireExpressible(model, [operation]), problem)
    const words = withMember(header, listOf('T'), { T: { type: 'string', enum: ['a'] } })
    assert.doesNotThrow(() => requireExpressible(words, [operation]))
  })

  it('and nothing else is: every model that is here can be served', () => {
    const names = readdirSync(new URL('../model', import.meta.url)).filter(
      file => /^[a-z-]+\.json$/.test(file) && file !== 'patches.json',
    )
    for (const name of names) {
      const model = load(name.replace('.json', '') as ModelName)
      requireExpressible(model, Object.values(model.operations))
    }
  })
})
