import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { it } from 'node:test'
import fc from 'fast-check'
import { botoCode, sdkCode } from './request-code.ts'

const request = {
  service: 'sagemaker',
  operation: 'CreateTrainingJob',
  input: {
    TrainingJobName: 'mine',
    EnableNetworkIsolation: true,
    HyperParameters: undefined,
    InputDataConfig: [{ ChannelName: 'train', ShuffleConfig: undefined }],
    Tags: [],
  },
}

it('writes a request as boto3 takes it', () => {
  assert.equal(
    botoCode(request),
    `import boto3

boto3.client("sagemaker").create_training_job(
    TrainingJobName="mine",
    EnableNetworkIsolation=True,
    InputDataConfig=[
        {
            "ChannelName": "train",
        },
    ],
    Tags=[],
)`,
  )
})

it('writes a request as the SDK for JavaScript takes it', () => {
  assert.equal(
    sdkCode({ service: 's3api', operation: 'CreateBucket', input: { Bucket: 'mine' } }),
    `import { S3Client, CreateBucketCommand } from '@aws-sdk/client-s3'

await new S3Client().send(new CreateBucketCommand({
  "Bucket": "mine"
}))`,
  )
})

it('gives Python each value as it is, whatever it holds', () => {
  const value = fc.jsonValue({ stringUnit: 'grapheme' })
  fc.assert(
    fc.property(fc.array(value, { minLength: 20, maxLength: 40 }), input => {
      const call = botoCode({ service: 'x', operation: 'Y', input: { Value: input } }).split('.y(')[1]
      const answer = execFileSync('python3', ['-c', `import json\nprint(json.dumps(dict(${call}))`], {
        encoding: 'utf8',
      })
      assert.deepEqual(JSON.parse(answer), { Value: JSON.parse(JSON.stringify(input)) })
    }),
    { numRuns: 5 },
  )
})
