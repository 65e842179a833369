import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TransformJobDefinition } from '@aws-sdk/client-sagemaker'
import { checkTransformProfile } from './validation-profile.ts'

const specified = {
  SupportedTransformInstanceTypes: ['ml.m5.large' as const],
  SupportedContentTypes: ['text/csv', 'application/json'],
  SupportedResponseMIMETypes: ['application/json'],
}

const job = (ContentType?: string, Accept?: string, InstanceType = 'ml.m5.large') =>
  ({
    TransformInput: { ContentType },
    TransformOutput: { Accept },
    TransformResources: { InstanceType },
  }) as TransformJobDefinition

test('a product is certified with what its specification lists', () => {
  checkTransformProfile(job('text/csv', 'application/json'), specified)
  checkTransformProfile(job('Text/CSV; header=absent', 'application/json;charset=utf-8'), specified)
  checkTransformProfile(job(), specified)
  checkTransformProfile(job('image/png', 'image/png', 'ml.c5.large'), {})
})

test('a product is not certified with what its specification does not list', () => {
  for (const [definition, what, listed] of [
    [job('image/png'), 'content type image/png', 'text/csv, application/json'],
    [job('text/csv', 'text/plain'), 'response type text/plain', 'application/json'],
    [job('text/csv', undefined, 'ml.c5.large'), 'transform instance type ml.c5.large', 'ml.m5.large'],
  ] as const)
    assert.throws(() => checkTransformProfile(definition, specified), {
      code: 'ValidationException',
      message: `The inference specification does not support the ${what}. Supported: ${listed}.`,
    })
})
