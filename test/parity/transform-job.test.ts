import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { differs, parity, refused, verified } from './parity.ts'
import { createModel, transformJob } from './requests.ts'

const at = installation(({ owner }) => createModel(owner, 'model'))
const seen = verified('public issue reports that quote the service, spec/aws-protocols.md')

parity('CreateTransformJob DescribeTransformJob', seen, 'a name is taken once', async () => {
  const { sagemaker } = at.owner
  const { TransformJobArn } = await sagemaker.createTransformJob(transformJob(at.owner, 'once'))
  assert.equal(TransformJobArn, 'arn:aws:sagemaker:us-east-1:123456789012:transform-job/once')
  const job = await sagemaker.describeTransformJob({ TransformJobName: 'once' })
  assert.deepEqual([job.TransformJobStatus, job.ModelName], ['InProgress', 'model'])
  await refused(sagemaker.createTransformJob(transformJob(at.owner, 'once')), 'ResourceInUse', /must be unique within/)
})

parity('DescribeTransformJob StopTransformJob', seen, 'what is not there, and what stops', async () => {
  const { sagemaker } = at.owner
  const absent = { TransformJobName: 'absent' }
  await refused(sagemaker.describeTransformJob(absent), 'ValidationException', 'Requested resource not found.')
  await refused(sagemaker.stopTransformJob(absent), 'ValidationException', 'Requested resource not found.')
  await sagemaker.createTransformJob(transformJob(at.owner, 'stopping'))
  await sagemaker.stopTransformJob({ TransformJobName: 'stopping' })
  const { TransformJobStatus } = await sagemaker.describeTransformJob({ TransformJobName: 'stopping' })
  assert.match(TransformJobStatus ?? '', /^Stopp/)
})

parity(
  'CreateTransformJob',
  verified('SageMaker API Reference, CreateTransformJob'),
  'payload and concurrency have one bound',
  async () => {
    const { sagemaker } = at.owner
    const refuse = (more: object, message: RegExp) =>
      refused(
        sagemaker.createTransformJob({ ...transformJob(at.owner, 'never'), ...more }),
        'ValidationException',
        message,
      )
    await refuse({ MaxPayloadInMB: 101 }, /at most 100/)
    await refuse({ MaxPayloadInMB: 60, MaxConcurrentTransforms: 2 }, /at most 100/)
    await refuse({ DataProcessing: { JoinSource: 'Input' } }, /ContentType to be one of/)
    await refuse({ ModelName: 'absent' }, /Could not find model ".*model\/absent"/)
  },
)

parity(
  'CreateProcessingJob DescribeProcessingJob ListProcessingJobs StopProcessingJob',
  differs('AWS serves them; this installation says that it does not'),
  'processing jobs are answered honestly as not served',
  async () => {
    const { sagemaker } = at.owner
    const message = (operation: string) => `${operation} is not served by this installation of Modelmart.`
    await refused(sagemaker.listProcessingJobs({}), 'UnsupportedOperation', message('ListProcessingJobs'))
    const ProcessingJobName = 'any'
    await refused(
      sagemaker.describeProcessingJob({ ProcessingJobName }),
      'UnsupportedOperation',
      message('DescribeProcessingJob'),
    )
    await refused(
      sagemaker.stopProcessingJob({ ProcessingJobName }),
      'UnsupportedOperation',
      message('StopProcessingJob'),
    )
    const job = {
      ProcessingJobName,
      RoleArn: at.owner.role,
      AppSpecification: { ImageUri: at.owner.image },
      ProcessingResources: {
        ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large' as const, VolumeSizeInGB: 1 },
      },
    }
    await refused(sagemaker.createProcessingJob(job), 'UnsupportedOperation', message('CreateProcessingJob'))
  },
)
