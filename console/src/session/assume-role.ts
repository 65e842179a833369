import type { TemporaryKeys } from './kept-keys.ts'
import type { SwitchedRole } from './switched-role.ts'

/** The keys of a role, by STS's AssumeRole. Throws what STS refuses. The client is loaded by whoever switches. */
export async function assumeRole(
  credentials: TemporaryKeys,
  { account, name }: SwitchedRole,
  RoleSessionName: string,
): Promise<TemporaryKeys> {
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts')
  const sts = new STSClient({ endpoint: window.location.origin, region: 'us-east-1', credentials })
  const RoleArn = `arn:aws:iam::${account}:role/${name}`
  const { Credentials: keys } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }))
  return {
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
    expiration: keys?.Expiration ?? new Date(),
  }
}
