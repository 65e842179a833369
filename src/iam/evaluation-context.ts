import type { Access } from '../service/access.ts'
import type { Surroundings } from '../service/iam.ts'
import type { Lookup } from './pattern.ts'
import type { SessionPrincipal } from './session.ts'

interface Facts {
  readonly principal: SessionPrincipal
  readonly access: Access
  readonly owner: string
  readonly now: Date
  readonly surroundings: Surroundings
  readonly tags: Readonly<Record<string, string>>
}

type Values = string | readonly string[] | undefined

/** IAM User Guide, AWS global condition context keys; and S3's that are about the request itself (Amazon S3 API Reference, Authenticating). */
const globalKeys: Readonly<Record<string, (facts: Facts) => Values>> = {
  'aws:currenttime': ({ now }) => now.toISOString(),
  'aws:epochtime': ({ now }) => String(Math.floor(now.getTime() / 1000)),
  'aws:securetransport': ({ surroundings }) => String(surroundings.secure ?? true),
  'aws:sourceip': ({ surroundings }) => surroundings.sourceIp,
  'aws:useragent': ({ surroundings }) => surroundings.userAgent,
  'aws:referer': ({ surroundings }) => surroundings.referer,
  'aws:requestedregion': ({ surroundings, access }) =>
    surroundings.region ?? (access.resource.split(':')[3] || undefined),
  'aws:resourceaccount': ({ owner }) => owner,
  'aws:principalarn': ({ principal }) => known(principal, principal.identityArn ?? principal.arn),
  'aws:principalaccount': ({ principal }) => known(principal, principal.account),
  'aws:principaltype': ({ principal }) => principalTypes[principal.kind],
  'aws:principalisawsservice': ({ principal }) => String(principal.kind === 'service'),
  'aws:principalservicename': ({ principal }) => (principal.kind === 'service' ? principal.arn : undefined),
  'aws:principalservicenameslist': ({ principal }) => (principal.kind === 'service' ? [principal.arn] : undefined),
  'aws:sourceaccount': ({ principal }) => (principal.kind === 'service' ? principal.account : undefined),
  'aws:viaawsservice': () => 'false',
  'aws:userid': ({ principal }) => known(principal, principal.userId),
  'aws:username': ({ principal }) => (principal.kind === 'user' ? principal.arn.split('/').at(-1) : undefined),
  'aws:tokenissuetime': ({ principal }) => principal.session && new Date(principal.session.issued).toISOString(),
  'aws:multifactorauthpresent': ({ principal }) => principal.session && 'false',
  's3:authtype': ({ surroundings }) => surroundings.signing?.type,
  's3:signatureversion': ({ surroundings }) => surroundings.signing?.version,
  's3:signatureage': ({ surroundings: { signing }, now }) =>
    signing?.signed === undefined ? undefined : String(now.getTime() - signing.signed),
  's3:x-amz-content-sha256': ({ surroundings }) => surroundings.signing?.content,
  's3:resourceaccount': ({ owner }) => owner,
  'aws:federatedprovider': ({ principal }) => principal.session?.provider,
  'aws:sourceidentity': ({ principal }) => principal.session?.sourceIdentity,
}

const principalTypes = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  anonymous: 'Anonymous',
  'web-identity': undefined,
  'federated-user': 'FederatedUser',
  service: undefined,
}

const known = (principal: SessionPrincipal, value: string): Values => (unknown.has(principal.kind) ? undefined : value)

/** Kinds that have no ARN or account of their own. */
const unknown: ReadonlySet<string> = new Set(['anonymous', 'service', 'web-identity'])

/** The request's condition keys, worked out only when a policy asks. What the service states comes before what is derived. */
export function requestContext(facts: Facts): Lookup {
  let stated: Map<string, Values> | undefined
  return key => {
    stated ??= new Map(
      Object.entries(facts.access.conditions ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    )
    const value = stated.get(key) ?? globalKeys[key]?.(facts) ?? principalTag(facts, key)
    return value === undefined || typeof value !== 'string' ? value : [value]
  }
}

const tagPrefix = 'aws:principaltag/'

/** Session tags override those of the role (IAM User Guide, Pass session tags in AWS STS). Tag keys ignore case. */
function principalTag({ principal, tags }: Facts, key: string): Values {
  if (!key.startsWith(tagPrefix)) return undefined
  const all = Object.entries({ ...tags, ...principal.session?.tags })
  return all.findLast(([name]) => name.toLowerCase() === key.slice(tagPrefix.length))?.[1]
}
