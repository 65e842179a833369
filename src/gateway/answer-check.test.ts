import assert from 'node:assert/strict'
import { it } from 'node:test'
import { load } from '../model/load.ts'
import { answerProblems } from './answer-check.ts'

const sagemaker = load('sagemaker')
const problems = (operation: string, output: object) =>
  answerProblems(sagemaker, { shape: sagemaker.operations[operation]?.output?.shape ?? '' }, output)

const described = {
  TrainingJobName: 'j',
  TrainingJobArn: 'arn',
  TrainingJobStatus: 'InProgress',
  SecondaryStatus: 'Starting',
  ModelArtifacts: { S3ModelArtifacts: 's3://b/k' },
  StoppingCondition: {},
  CreationTime: new Date(),
}

it('an answer that fits its model has no problems', () => {
  assert.deepEqual(problems('DescribeTrainingJob', described), [])
  assert.deepEqual(problems('DescribeTrainingJob', { ...described, ModelArtifacts: undefined }), [])
})

it('a structure without what it requires is a problem, and so are other types and unknown words', () => {
  assert.deepEqual(problems('DescribeTrainingJob', { ...described, ModelArtifacts: {} }), [
    'ModelArtifacts.S3ModelArtifacts: required and missing',
  ])
  assert.deepEqual(
    problems('DescribeTrainingJob', {
      ...described,
      TrainingJobStatus: 'Running',
      CreationTime: 'today',
      Environment: [],
    }).sort(),
    [
      'CreationTime: a string where a timestamp belongs',
      'Environment: a list where a map belongs',
      "TrainingJobStatus: 'Running' is none of its words",
    ],
  )
  assert.deepEqual(problems('ListModels', { Models: [{ ModelName: 'm', ModelArn: 'a' }] }), [
    'Models[0].CreationTime: required and missing',
  ])
})
