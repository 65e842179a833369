import { createAlgorithm } from '../../src/sagemaker/product/algorithm.ts'
import { createModelPackage } from '../../src/sagemaker/product/model-package.ts'
import type { Ask } from './ask.ts'
import { role } from './job-story.ts'
import { servingPlan, trainingPlan } from './programs.ts'
import type { World } from './world.ts'

const type = 'ml.m5.large' as const

/** The validation's transform job over what lies in the bucket for it. */
function transformProfile({ random: { of }, objects }: World, name: string) {
  const random = of(`profile ${name}`)
  const inputs = random.between(1, 2)
  for (let input = 1; input <= inputs; input++) objects.set(`in/${name}/${input}`, Buffer.from('a\nb\n'))
  return {
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://in/${name}/` } },
      ContentType: 'text/csv',
    },
    TransformOutput: { S3OutputPath: `s3://out/${name}/` },
    TransformResources: { InstanceType: type, InstanceCount: 1 },
  }
}

const inferenceOf = (image: string) => ({
  Containers: [{ Image: image }],
  SupportedTransformInstanceTypes: [type],
  SupportedRealtimeInferenceInstanceTypes: [type],
  SupportedContentTypes: ['text/csv'],
  SupportedResponseMIMETypes: ['text/csv'],
})

/** Images are scanned after everything has run; one in some is blocked. */
const judge = ({ random, blocked }: World, image: string) =>
  void (random.of(`scan ${image}`).chance(0.2) && blocked.add(image))

export function certifyAlgorithm(world: World, name: string, ask: Ask): void {
  const random = world.random.of(name)
  const serving = `${name}s`
  world.plans.set(name, trainingPlan(random))
  world.plans.set(serving, servingPlan(random))
  judge(world, name)
  const profile = transformProfile(world, name)
  const transforms = random.chance(0.7)
  ask('certify', 'algorithm', name, ctx =>
    createAlgorithm(
      {
        AlgorithmName: name,
        TrainingSpecification: {
          TrainingImage: name,
          SupportedTrainingInstanceTypes: [type],
          TrainingChannels: [{ Name: 'data', SupportedContentTypes: ['text/csv'], SupportedInputModes: ['File'] }],
        },
        InferenceSpecification: inferenceOf(serving),
        ValidationSpecification: {
          ValidationRole: role,
          ValidationProfiles: [
            {
              ProfileName: 'profile',
              TrainingJobDefinition: {
                TrainingInputMode: 'File',
                InputDataConfig: [],
                OutputDataConfig: { S3OutputPath: 's3://out/' },
                ResourceConfig: { InstanceType: type, InstanceCount: 1, VolumeSizeInGB: 1 },
                StoppingCondition: { MaxRuntimeInSeconds: 300 },
              },
              ...(transforms && { TransformJobDefinition: profile }),
            },
          ],
        },
        CertifyForMarketplace: true,
      },
      ctx,
    ),
  )
}

export function certifyPackage(world: World, name: string, ask: Ask): void {
  world.plans.set(name, servingPlan(world.random.of(name)))
  judge(world, name)
  const TransformJobDefinition = transformProfile(world, name)
  ask('certify', 'model-package', name, ctx =>
    createModelPackage(
      {
        ModelPackageName: name,
        InferenceSpecification: inferenceOf(name),
        ValidationSpecification: {
          ValidationRole: role,
          ValidationProfiles: [{ ProfileName: 'profile', TransformJobDefinition }],
        },
        CertifyForMarketplace: true,
      },
      ctx,
    ),
  )
}
