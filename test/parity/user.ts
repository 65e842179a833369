import type { Installation } from './installation.ts'

/** The credentials of a new user of the owner's account, whose one policy has these statements. */
export async function userWith({ owner: { iam } }: Installation, name: string, Statement: object[]) {
  await iam.createUser({ UserName: name })
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.putUserPolicy({ UserName: name, PolicyName: 'only', PolicyDocument })
  const { AccessKey } = await iam.createAccessKey({ UserName: name })
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}
