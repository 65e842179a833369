import { AttachRolePolicyCommand, CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { iam } from './iam.ts'

const trust = (Service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
})

const policyArn = (name: string): string => `arn:aws:iam::aws:policy/${name}`

/** A name of its own, as AWS's consoles make them: after the time. */
const roleName = (prefix: string, now: Date): string =>
  `${prefix}-${now.toISOString().replace(/[-:]/g, '').slice(0, 15)}`

/** `any` bucket, none but those with "sagemaker" in their names (`none`), or these. */
export type BucketAccess = 'any' | 'none' | readonly string[]

const bucketPolicy = (buckets: readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: buckets.map(bucket => `arn:aws:s3:::${bucket}`) },
    {
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      Resource: buckets.map(bucket => `arn:aws:s3:::${bucket}/*`),
    },
  ],
})

/** Makes a role as SageMaker's console makes one, named after the time, and returns its ARN. */
export async function createExecutionRole(now: Date, access: BucketAccess): Promise<string> {
  const RoleName = roleName('AmazonSageMaker-ExecutionRole', now)
  const policies = ['AmazonSageMakerFullAccess', ...(access === 'any' ? ['AmazonS3FullAccess'] : [])]
  const arn = await createRole(RoleName, 'sagemaker.amazonaws.com', policies)
  if (typeof access !== 'string')
    await iam('us-east-1').send(
      new PutRolePolicyCommand({
        ...{ RoleName, PolicyName: 'AmazonSageMaker-ExecutionPolicy' },
        PolicyDocument: JSON.stringify(bucketPolicy(access)),
      }),
    )
  return arn
}

/** Makes a role by which the marketplace copies a seller's resource, and returns its ARN. */
export const createAccessRole = (now: Date): Promise<string> =>
  createRole(roleName('AWSMarketplace-AccessRole', now), 'assets.marketplace.amazonaws.com', [
    ...['AmazonSageMakerReadOnly', 'AmazonS3ReadOnlyAccess', 'AmazonEC2ContainerRegistryReadOnly'],
  ])

async function createRole(RoleName: string, service: string, policies: readonly string[]): Promise<string> {
  const client = iam('us-east-1')
  const AssumeRolePolicyDocument = JSON.stringify(trust(service))
  const { Role } = await client.send(
    new CreateRoleCommand({ RoleName, Path: '/service-role/', AssumeRolePolicyDocument }),
  )
  for (const policy of policies)
    await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: policyArn(policy) }))
  return Role?.Arn ?? ''
}
