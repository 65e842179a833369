import { AttachRolePolicyCommand, CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { iam } from './iam.ts'

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

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
  const RoleName = `AmazonSageMaker-ExecutionRole-${now.toISOString().replace(/[-:]/g, '').slice(0, 15)}`
  const client = iam('us-east-1')
  const { Role } = await client.send(
    new CreateRoleCommand({ RoleName, Path: '/service-role/', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  )
  const attach = (policy: string) =>
    client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: `arn:aws:iam::aws:policy/${policy}` }))
  await attach('AmazonSageMakerFullAccess')
  if (access === 'any') await attach('AmazonS3FullAccess')
  else if (access !== 'none')
    await client.send(
      new PutRolePolicyCommand({
        ...{ RoleName, PolicyName: 'AmazonSageMaker-ExecutionPolicy' },
        PolicyDocument: JSON.stringify(bucketPolicy(access)),
      }),
    )
  return Role?.Arn ?? ''
}
