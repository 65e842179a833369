import assert from 'node:assert/strict'
import { it } from 'node:test'
import { wordsOf } from './words-of.ts'

/** As `aws iam help`, `aws sagemaker help` and their kin write them. */
const rows = {
  CreateTrainingJob: 'create-training-job',
  CreateOpenIDConnectProvider: 'create-open-id-connect-provider',
  ClientIDList: 'client-id-list',
  DBInstance: 'db-instance',
  PolicyARNs: 'policy-arns',
  ModelDataUrl: 'model-data-url',
  imageTagMutability: 'image-tag-mutability',
  KMSKeyId: 'kms-key-id',
  URL: 'url',
}
for (const [name, words] of Object.entries(rows))
  it(`${name} is ${words}`, () => assert.equal(wordsOf(name).join('-'), words))
