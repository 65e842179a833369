import { IAM } from '@aws-sdk/client-iam'
import { clientSettings, type Publisher } from './publisher.ts'

/** A role that a service may assume, with AWS's managed policies; returns its ARN. Another run may make the same role at this moment: what it has begun is found, and done again where that changes nothing. */
export async function ensureRole(
  iam: IAM,
  { name: RoleName, service, policies }: { name: string; service: string; policies: readonly string[] },
): Promise<string> {
  const find = async () => (await iam.getRole({ RoleName })).Role?.Arn
  const make = async () => {
    const Principal = { Service: service }
    const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }]
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    return (await iam.createRole({ RoleName, AssumeRolePolicyDocument })).Role?.Arn
  }
  const arn = await find()
    .catch(unless('NoSuchEntityException', make))
    .catch(unless('EntityAlreadyExistsException', find))
  for (const name of policies) await iam.attachRolePolicy({ RoleName, PolicyArn: `arn:aws:iam::aws:policy/${name}` })
  return arn as string
}

/** Goes on otherwise after this error; any other is thrown on. */
const unless =
  <T>(name: string, otherwise: () => Promise<T>) =>
  (error: Error): Promise<T> => {
    if (error.name !== name) throw error
    return otherwise()
  }

const access = {
  name: 'ModelmartListing',
  service: 'assets.marketplace.amazonaws.com',
  policies: ['AmazonSageMakerReadOnly', 'AmazonS3ReadOnlyAccess', 'AmazonEC2ContainerRegistryReadOnly'],
}

/** The role by which the Marketplace copies what its seller lists. */
export const ensureAccessRole = (publisher: Publisher): Promise<string> =>
  ensureRole(new IAM(clientSettings(publisher)), access)
