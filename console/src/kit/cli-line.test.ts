import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { it } from 'node:test'
import fc from 'fast-check'
import { cliLine } from './cli-line.ts'

it('writes a request as the AWS CLI takes it', () => {
  const input = {
    TrainingJobName: 'mine',
    EnableNetworkIsolation: true,
    EnableManagedSpotTraining: false,
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    HyperParameters: undefined,
  }
  assert.equal(
    cliLine('sagemaker', 'CreateTrainingJob', input),
    `aws sagemaker create-training-job --training-job-name mine --enable-network-isolation --no-enable-managed-spot-training --resource-config '{"InstanceType":"ml.m5.large","InstanceCount":1}'`,
  )
})

it('gives a shell each value as it is, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), value => {
      fc.pre(!value.includes('\0') && value.isWellFormed())
      const line = cliLine('x', 'Y', { Value: value }).replace('aws x y --value ', 'printf %s ')
      assert.equal(execFileSync('sh', ['-c', line], { encoding: 'utf8' }), value)
    }),
    { numRuns: 60 },
  )
})
