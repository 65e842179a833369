import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ProductionVariant } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { limitsFor } from '../capacity/instance-type.ts'
import type { ModelContainer } from './model-container.ts'
import { checkServerlessModel, serverlessType } from './serverless-config.ts'

const gib = 1024 ** 3
const variant: ProductionVariant = { VariantName: 'v' }
const container: ModelContainer = { definition: {}, imageDigest: 'sha256:a', environment: {} }
const product = { ...container, productArn: 'arn:aws:sagemaker:us-east-1:1:model-package/p' }
const several = { ...container, models: { uri: 's3://b/models/', keeps: true } }

describe('a serverless variant', () => {
  for (const [what, containers, isolated] of [
    // Also for one that took the place of another model after it was configured.
    ['marketplace model packages', [product], true],
    ['multi-model endpoints', [several], false],
    ['inference pipelines', [container, container], false],
    ['EnableNetworkIsolation', [container], true],
  ] as const)
    it(`is refused for ${what}`, () => {
      const check = () => checkServerlessModel(variant, { name: 'm', containers, isolated })
      assert.throws(check, (error: Error) => error instanceof ValidationException && error.message.includes(what))
    })

  it('takes a model of one container', () => {
    assert.doesNotThrow(() => checkServerlessModel(variant, { name: 'm', containers: [container], isolated: false }))
  })

  it('has the memory that it says, processors in proportion, and five GiB of disk', () => {
    const engine = { cpus: 8, memoryBytes: 64 * gib, gpus: 0 } as Parameters<typeof limitsFor>[1]
    for (const [MemorySizeInMB, cpus] of [
      [1024, 1],
      [3072, 2],
      [6144, 3],
    ] as const) {
      const { limits } = limitsFor(serverlessType({ MemorySizeInMB, MaxConcurrency: 1 }), engine)
      const { memoryBytes, diskBytes } = limits
      assert.deepEqual([memoryBytes, limits.cpus, diskBytes], [MemorySizeInMB * 1024 ** 2, cpus, 5 * gib])
    }
  })
})
