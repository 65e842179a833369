import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { load, type ModelName } from '../model/load.ts'
import type { OperationModel } from '../model/service-model.ts'
import { json } from './json.ts'
import type { Protocol } from './message.ts'
import { decimalOf } from './number.ts'
import { query } from './query-protocol.ts'
import { restJson } from './rest-json.ts'
import { restXml } from './rest-xml.ts'

async function read(protocol: Protocol, api: ModelName, name: string, body: string, more: object = {}) {
  const model = load(api)
  const operation = model.operations[name] as OperationModel
  const request = { method: 'POST', path: '/', query: '', headers: {}, ...more }
  return protocol.parse({ model, operation, request, labels: {}, body: Buffer.from(body) })
}

const variant = (weight: string) =>
  `{"EndpointConfigName":"e","ProductionVariants":[{"VariantName":"v","InitialVariantWeight":${weight}}]}`

describe('values at the edge', () => {
  it('a 32-bit number is finite and fits', async () => {
    for (const weight of ['"Infinity"', '"-Infinity"', '"NaN"', '1e300', '"1"'])
      await assert.rejects(read(json, 'sagemaker', 'CreateEndpointConfig', variant(weight)), {
        code: 'SerializationException',
      })
    await read(json, 'sagemaker', 'CreateEndpointConfig', variant('0.5'))
    const objective = (value: string) =>
      read(
        json,
        'sagemaker',
        'CreateHyperParameterTuningJob',
        `{"HyperParameterTuningJobConfig":{"TuningJobCompletionCriteria":{"TargetObjectiveMetricValue":${value}}}}`,
      )
    await assert.rejects(objective('"NaN"'), { code: 'SerializationException' })
    const weights = (value: string) =>
      read(
        json,
        'sagemaker',
        'UpdateEndpointWeightsAndCapacities',
        `{"DesiredWeightsAndCapacities":[{"VariantName":"v","DesiredWeight":${value}}]}`,
      )
    await assert.rejects(weights('"Infinity"'), { code: 'SerializationException' })
  })

  it('a number is decimal, in forms too', async () => {
    for (const [text, number] of [
      ['16', 16],
      ['1.5e3', 1500],
      ['-.5', -0.5],
      ['NaN', Number.NaN],
      ['0x10', undefined],
      ['1_000', undefined],
      ['', undefined],
      ['infinity', undefined],
    ] as const)
      assert.deepEqual(decimalOf(text, 'double'), number, text)
    const put = (value: string) =>
      read(
        query,
        'cloudwatch',
        'PutMetricData',
        `Action=PutMetricData&Namespace=n&MetricData.member.1.MetricName=m&MetricData.member.1.Value=${value}`,
      )
    await assert.rejects(async () => put('0x10'), { code: 'MalformedInput' })
    await assert.rejects(async () => read(query, 'iam', 'CreateUser', 'Tags.member.0x1.Key=a'), {
      code: 'MalformedInput',
    })
  })

  it('an empty list in a header is empty', async () => {
    const headers = { 'x-amz-object-attributes': '', 'x-amz-optional-object-attributes': 'RestoreStatus' }
    const input = await read(restXml, 's3', 'GetObjectAttributes', '', { headers: { 'x-amz-object-attributes': '' } })
    assert.deepEqual(input.ObjectAttributes, [])
    const { 'x-amz-object-attributes': _, ...optional } = headers
    assert.deepEqual((await read(restXml, 's3', 'ListObjectsV2', '', { headers: optional })).OptionalObjectAttributes, [
      'RestoreStatus',
    ])
  })

  it('no body is no payload', async () => {
    assert.equal('Body' in (await read(restJson, 'sagemaker-runtime', 'InvokeEndpoint', '')), false)
    assert.ok('Body' in (await read(restJson, 'sagemaker-runtime', 'InvokeEndpoint', 'x')))
  })

  it('a body of very many values is refused before it is looked into', async () => {
    const refusal = { code: 'SerializationException', message: /more than 100000 values/ }
    for (const body of [
      `[${'{},'.repeat(110_000)}1]`,
      `{"HyperParameters":{${Array.from({ length: 110_000 }, (_, n) => `"k${n}":""`)}}}`,
    ])
      await assert.rejects(async () => read(json, 'sagemaker', 'CreateTrainingJob', body), refusal)
    const metric = '{"MetricName":"m","Values":[1,2,3,4,5,6,7,8,9],"Dimensions":[{"Name":"a","Value":"b"}]}'
    const most = `{"Namespace":"n","MetricData":[${Array.from({ length: 1000 }, () => metric)}]}`
    assert.equal(((await read(json, 'cloudwatch', 'PutMetricData', most)).MetricData as unknown[]).length, 1000)
  })
})
