import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { captureLine } from './capture-line.ts'

const rules = {
  ...{ percentage: 100, input: true, output: true, csv: ['text/csv'], json: ['application/json'] },
  ...{ destination: 's3://b/p', role: 'r' },
}
const event = { eventId: 'e', time: new Date('2026-11-29T04:05:06.789Z') }
const side = (contentType: string | undefined, body: string | Uint8Array) => ({ contentType, body: Buffer.from(body) })

test('an invocation is a line of JSON in the shape that monitors read', () => {
  const line = captureLine(rules, {
    ...{ ...event, input: side('Text/CSV; charset=utf-8', '1,2\n'), output: side('application/json', '{"a":1}') },
    ...{ customAttributes: 'k=v', inferenceId: 'mine' },
  })
  assert.ok(line.endsWith('}\n') && line.indexOf('\n') === line.length - 1)
  assert.deepEqual(JSON.parse(line), {
    captureData: {
      endpointInput: { observedContentType: 'Text/CSV; charset=utf-8', mode: 'INPUT', data: '1,2\n', encoding: 'CSV' },
      endpointOutput: { observedContentType: 'application/json', mode: 'OUTPUT', data: '{"a":1}', encoding: 'JSON' },
    },
    eventMetadata: {
      ...{ eventId: 'e', customAttributes: ['k=v'], inferenceId: 'mine', inferenceTime: '2026-11-29T04:05:06Z' },
    },
    eventVersion: '0',
  })
})

test('only the sides that are asked for are kept', () => {
  const both = { ...event, input: side('text/csv', 'in'), output: side('text/csv', 'out') }
  const { captureData: input } = JSON.parse(captureLine({ ...rules, output: false }, both))
  assert.deepEqual(Object.keys(input), ['endpointInput'])
  const { captureData: output } = JSON.parse(captureLine({ ...rules, input: false }, both))
  assert.deepEqual(Object.keys(output), ['endpointOutput'])
})

test('whatever is sent can be read back, by its encoding', () => {
  const types = fc.constantFrom('text/csv', 'application/json', 'image/png', undefined)
  fc.assert(
    fc.property(fc.uint8Array(), types, (bytes, type) => {
      const line = captureLine(rules, { ...event, input: side(type, bytes), output: side(type, bytes) })
      const { data, encoding } = JSON.parse(line).captureData.endpointInput
      assert.deepEqual(Buffer.from(data, encoding === 'BASE64' ? 'base64' : 'utf8'), Buffer.from(bytes))
    }),
  )
})
