import assert from 'node:assert/strict'
import { it } from 'node:test'
import { checkAsyncModel } from './async-inference-config.ts'
import type { ModelContainer } from './model-container.ts'

const container: ModelContainer = { definition: {}, imageDigest: 'sha256:a', environment: {} }
const product = { ...container, productArn: 'arn:aws:sagemaker:us-east-1:1:model-package/p' }
const several = { ...container, models: { uri: 's3://b/models/', keeps: true } }
const check = (containers: readonly ModelContainer[], invocation: 'Direct' | 'Serial' = 'Serial') =>
  checkAsyncModel({ VariantName: 'v' }, { name: 'm', containers, invocation })

it('an asynchronous variant takes products of the marketplace and pipelines of them', () => {
  assert.doesNotThrow(() => check([product]))
  assert.doesNotThrow(() => check([container, product]))
})

it('an asynchronous variant takes no model that a request would have to name, or a container of', () => {
  assert.throws(() => check([several]), /Mode MultiModel/)
  assert.throws(() => check([container, product], 'Direct'), /called by name/)
})
