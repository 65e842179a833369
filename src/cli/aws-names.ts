import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import { createBoundedCache } from '../ground/bounded-cache.ts'
import { clock } from '../ground/clock.ts'
import { makeServerCertificate } from './certificates.ts'

/** Before `.REGION.amazonaws.com`, as the endpoints of AWS's service reference are called, of what an installation serves. */
export const awsServices = [
  ...[
    'api.sagemaker',
    'runtime.sagemaker',
    'metrics.sagemaker',
    's3',
    'api.ecr',
    'ecr',
    'sts',
    'iam',
    'kms',
    'logs',
    'streaming-logs',
  ],
  ...['monitoring', 'events', 'sns', 'cloudtrail', 'servicequotas', 'application-autoscaling', 'autoscaling'],
  ...['catalog.marketplace', 'agreement-marketplace', 'entitlement.marketplace', 'metering.marketplace'],
]

const region = String.raw`[a-z]{2}(?:-[a-z]+)+-\d`
const service = awsServices.map(name => name.replaceAll('.', String.raw`\.`)).join('|')
/** A service, of a region or of none; a bucket; a registry of an account. */
const pattern = new RegExp(
  String.raw`^(?:(?:${service})(?:\.${region})?|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\.s3(?:[.-]${region})?|\d{12}\.dkr\.ecr\.${region})\.amazonaws\.com$`,
)

export const isAwsName = (name: string): boolean => pattern.test(name)

/** What Node asks by the name that a client greets with. */
type SniCallback = (name: string, answer: (error: Error | null, context?: SecureContext) => void) => void

/** Longer than that no certificate of a name is used again. */
const freshMs = 30 * 24 * 3600 * 1000

/**
 * Shows for AWS's own names certificates of the authority that `modelmart tls` made in the data directory, each made when it is first
 * asked; for any other name the server's own. Throws an Error when there is no authority.
 */
export function answerAwsNames(data: string): SniCallback {
  const [cert, key] = ['authority.pem', 'authority.key'].map(name => join(data, 'tls', name)) as [string, string]
  if (!existsSync(key))
    throw new Error('aws-names needs the authority that `modelmart tls` makes in the data directory.')
  const authority = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  const known = createBoundedCache<string, { context: Promise<SecureContext>; made: number }>(() => 8000)
  const make = async (name: string): Promise<SecureContext> => {
    const pair = await makeServerCertificate(authority, [name], new Date(clock.now()))
    return createSecureContext({ ...pair, minVersion: 'TLSv1.2' })
  }
  return (given, answer) => {
    const name = given.toLowerCase()
    if (!isAwsName(name)) return answer(null)
    let found = known.get(name)
    if (!found || clock.now() - found.made > freshMs) {
      found = { context: make(name), made: clock.now() }
      known.set(name, found)
    }
    found.context.then(context => answer(null, context), answer)
  }
}

/** For a shell: what a client needs that uses AWS's own names, and for a hosts file, where they have to lead. */
export function awsNameLines(data: string, inRegion: string, account: string): string {
  const authority = join(data, 'tls', 'authority.pem')
  const names = awsServices.map(name => `${name}.${inRegion}.amazonaws.com`)
  const without = ['iam', 'sts', 's3'].map(name => `${name}.amazonaws.com`)
  const all = [...names, ...without, `${account}.dkr.ecr.${inRegion}.amazonaws.com`]
  return [
    'unset AWS_ENDPOINT_URL AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME',
    ...['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'].map(name => `export ${name}='${authority}'`),
    '# These names have to lead to the server, with BUCKET.s3.REGION.amazonaws.com and BUCKET.s3.amazonaws.com for each bucket; in a hosts file:',
    `# ADDRESS ${all.join(' ')}`,
  ].join('\n')
}
