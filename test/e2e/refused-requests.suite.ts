import { it } from 'node:test'
import type { Fixture } from './fixture.ts'
import { channel, createEndpoint, makeModel, trainingRequest, transform } from './jobs.ts'
import { type Party, trust } from './party.ts'
import { until } from './until.ts'
import { assertRefused } from './world.ts'

/** Requests that no job is made of: AWS's error, at once, that says what to change. */
export function refusedRequestSuite(at: () => Fixture): void {
  const train = (...given: Parameters<typeof trainingRequest>) =>
    given[0].sagemaker.createTrainingJob(trainingRequest(...given))
  const invalid = (call: Promise<unknown>, words: RegExp) => assertRefused(call, 'ValidationException', 400, words)

  it('refuses images that are not there', async () => {
    const { seller } = at()
    const use = (image: string) => train({ ...seller, image }, 'unknown-image', {})
    await invalid(use(seller.image.replace(/:1\.0\.0$/, ':2.0.0')), /has no image 2\.0\.0/)
    await invalid(use(seller.image.replace('/probe:', '/other:')), /no repository with name 'other'/)
    await invalid(use('docker.io/library/python:3.12'), /must be pushed here first/)
    await invalid(makeModel({ ...seller, image: `${seller.image}9` }, 'unknown-image', {}), /has no image 1\.0\.09/)
  })

  it('refuses a role that is not there, or that does not trust the service', async () => {
    const { seller } = at()
    await seller.iam.createRole({ RoleName: 'Lambda', AssumeRolePolicyDocument: trust('lambda.amazonaws.com') })
    for (const name of ['Lambda', 'Nobody']) {
      const RoleArn = `arn:aws:iam::${seller.id}:role/${name}`
      const words = /Could not assume role .* principal 'sagemaker.amazonaws.com'/
      await invalid(train(seller, 'untrusting', {}, { RoleArn }), words)
      await invalid(makeModel({ ...seller, role: RoleArn }, 'untrusting', {}), words)
    }
  })

  it('refuses names that are taken', async () => {
    const { seller } = at()
    await train(seller, 'taken', {})
    await assertRefused(train(seller, 'taken', {}), 'ResourceInUse', 400, /must be unique .* already exists/)
    await makeModel(seller, 'taken', {})
    await invalid(makeModel(seller, 'taken', {}), /Cannot create already existing model "arn:/)
    await transform(seller, 'taken', 'taken', 'in/')
    const again = transform(seller, 'taken', 'taken', 'in/')
    await assertRefused(again, 'ResourceInUse', 400, /must be unique .* already exists/)
    await createEndpoint(seller, 'taken', ['taken'])
    const { sagemaker } = seller
    const config = createEndpoint(seller, 'taken', ['taken'])
    await invalid(config, /Cannot create already existing endpoint configuration "arn:/)
    const endpoint = sagemaker.createEndpoint({ EndpointName: 'taken', EndpointConfigName: 'taken' })
    await invalid(endpoint, /Cannot create already existing endpoint "arn:/)
    await sagemaker.deleteEndpoint({ EndpointName: 'taken' })
    const others = at().buyer.s3.createBucket({ Bucket: seller.bucket })
    await assertRefused(others, 'BucketAlreadyExists', 409, /taken by another account/)
  })

  it('refuses what is not there yet or any more', async () => {
    const { seller } = at()
    const { sagemaker } = seller
    await invalid(createEndpoint(seller, 'nothing', ['nothing']), /Could not find model "arn:/)
    const endpoint = sagemaker.createEndpoint({ EndpointName: 'nothing', EndpointConfigName: 'nothing' })
    await invalid(endpoint, /Could not find endpoint configuration "arn:/)
    await invalid(transform(seller, 'nothing', 'nothing', 'in/'), /Could not find model "arn:/)
  })

  it('refuses requests that break the rules of the model, and members that it does not honour', async () => {
    const { seller } = at()
    const job = (changes: Parameters<typeof trainingRequest>[3]) => train(seller, 'malformed', {}, changes)
    await invalid(job({ TrainingJobName: '-bad-' }), /'trainingJobName' failed to satisfy constraint/)
    await invalid(job({ StoppingCondition: { MaxRuntimeInSeconds: 0 } }), /greater than or equal to 1/)
    await invalid(job({ OutputDataConfig: { S3OutputPath: 'https://example.com/x' } }), /s3/i)
    const twice = [channel(`s3://${seller.bucket}/in/`), channel(`s3://${seller.bucket}/in/`)]
    await invalid(job({ InputDataConfig: twice }), /channel "training" more than once/)
    const VpcConfig = { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] }
    await invalid(job({ VpcConfig }), /VpcConfig is not supported by this installation/)
    const spot = { EnableManagedSpotTraining: true }
    const wait = /Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds/
    await invalid(job(spot), wait)
    const limits = (MaxWaitTimeInSeconds: number) => ({
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds },
    })
    await invalid(job({ ...spot, ...limits(59) }), wait)
    await invalid(job(limits(60)), /only supported when EnableManagedSpotTraining is set to true/)
    const both = { TrainingImage: seller.image, AlgorithmName: 'x', TrainingInputMode: 'File' as const }
    await invalid(job({ AlgorithmSpecification: both }), /not both/)
  })

  it('holds a training job against its algorithm', async () => {
    const { seller } = at()
    await createAlgorithm(seller)
    const AlgorithmSpecification = { AlgorithmName: 'strict', TrainingInputMode: 'File' as const }
    const InputDataConfig = [channel(`s3://${seller.bucket}/in/`)]
    const use = (parameters: Record<string, string>, changes: Parameters<typeof trainingRequest>[3] = {}) =>
      train(seller, 'against-the-rules', parameters, { AlgorithmSpecification, InputDataConfig, ...changes })
    const cluster = (InstanceType: 'ml.c7i.large' | 'ml.c5.xlarge', InstanceCount: number) => ({
      ResourceConfig: { InstanceType, InstanceCount, VolumeSizeInGB: 1 },
    })
    await invalid(use({ depth: '17' }), /"depth" = "17": must be between 1 and 16/)
    await invalid(use({ depth: 'deep' }), /"depth" = "deep": must be a number/)
    await invalid(use({ depht: '3' }), /no hyperparameter "depht". It has: depth/)
    await invalid(use({}, { InputDataConfig: undefined }), /requires the channel "training"/)
    const [first] = InputDataConfig
    const misnamed = [...InputDataConfig, { ...(first as NonNullable<typeof first>), ChannelName: 'trainnig' }]
    await invalid(use({}, { InputDataConfig: misnamed }), /no channel "trainnig". Its channels: training/)
    await invalid(
      use({}, cluster('ml.c5.xlarge', 1)),
      /does not support the instance type ml.c5.xlarge .* ml.c7i.large/,
    )
    await invalid(use({}, cluster('ml.c7i.large', 2)), /does not support distributed training/)
  })
}

async function createAlgorithm({ sagemaker, image }: Party): Promise<void> {
  await sagemaker.createAlgorithm({
    AlgorithmName: 'strict',
    TrainingSpecification: {
      TrainingImage: image,
      SupportedTrainingInstanceTypes: ['ml.c7i.large'],
      SupportsDistributedTraining: false,
      SupportedHyperParameters: [
        {
          Name: 'depth',
          Type: 'Integer',
          Range: { IntegerParameterRangeSpecification: { MinValue: '1', MaxValue: '16' } },
        },
      ],
      TrainingChannels: [
        { Name: 'training', IsRequired: true, SupportedContentTypes: ['text/csv'], SupportedInputModes: ['File'] },
      ],
    },
  })
  await until(
    'the algorithm is Completed',
    () => sagemaker.describeAlgorithm({ AlgorithmName: 'strict' }),
    ({ AlgorithmStatus }) => AlgorithmStatus === 'Completed',
  )
}
