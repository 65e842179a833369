import { MalformedPolicy } from './policy.ts'

/** What the resource part of an ARN of IAM's own may begin with. */
const iamPaths = [
  ...['user/', 'federated-user/', 'role/', 'group/', 'instance-profile/', 'mfa/', 'server-certificate/', 'policy/'],
  ...['sms-mfa/', 'saml-provider/', 'oidc-provider/', 'report/', 'access-report/'],
]

/** Services whose ARNs have no Region, with IAM's two ways to say so. */
const regionless: Readonly<Record<string, (arn: string) => string>> = {
  iam: arn => `IAM resource ${arn} cannot contain region information.`,
  s3: arn => `Resource ${arn} can not contain region information.`,
}

/**
 * A Resource or NotResource of an identity policy (IAM User Guide, IAM JSON policy elements: Resource; IAM identifiers). Components
 * that are left off at the end stand for anything. Throws MalformedPolicy with AWS's words.
 */
export function checkResource(arn: string): void {
  if (arn === '*') return
  const [, partition, service, ...rest] = arn.split(':')
  need(partition !== undefined, `Resource ${arn} must be in ARN format or "*".`)
  if (partition !== 'aws') {
    const told = [service || (rest.length > 0 ? '' : '*'), rest[0] ?? '*', rest[1] ?? '*']
    throw new MalformedPolicy(
      `Partition "${partition}" is not valid for resource "arn:${partition}:${told.join(':')}:${rest.slice(2).join(':') || '*'}".`,
    )
  }
  need(
    service !== undefined && !/[*?]/.test(service),
    'Resource vendor must be fully qualified and cannot contain regexes.',
  )
  const cut = rest.length < 3 && arn.includes('::')
  need(!cut && service !== '' && isAccount(rest[1] ?? '*'), 'The policy failed legacy parsing')
  const refuse = Object.hasOwn(regionless, service as string) ? regionless[service as string] : undefined
  if (refuse) need(rest.length === 0 || rest[0] === '', refuse(arn))
  const path = rest.slice(2).join(':')
  if (service === 'iam' && rest.length > 2)
    need(
      path === '*' || iamPaths.some(start => path.startsWith(start)),
      `IAM resource path must either be "*" or start with ${iamPaths.join(', ')}.`,
    )
}

/** Twelve digits or wildcards for them, nothing, or `aws`: never a policy variable. */
const isAccount = (text: string): boolean => /^([\d*?]{0,12}|aws)$/.test(text)

function need(right: boolean, otherwise: string): void {
  if (!right) throw new MalformedPolicy(otherwise)
}
