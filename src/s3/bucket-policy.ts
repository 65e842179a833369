import type { Principal } from '../service/principal.ts'
import { configureBucket, requireBucket } from './bucket.ts'
import type { Bucket } from './bucket-row.ts'
import { isConditionKey } from './condition-keys.ts'
import { blockOf } from './public-access-block.ts'
import { type GrantingStatement, isPublic } from './public-statement.ts'
import { s3Error } from './s3-error.ts'
import type { CheckPolicy, Op } from './s3-operation.ts'

interface Statement extends GrantingStatement {
  readonly [member: string]: unknown
}

const members = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])

export const putBucketPolicy: Op<'PutBucketPolicy'> = async (input, ctx) => {
  const statements = await requirePolicy(input.Policy, input.Bucket, ctx.checkPolicy)
  const { configuration } = await requireBucket(ctx.store.db, input.Bucket)
  if (blockOf(configuration).BlockPublicPolicy && statements.some(isPublic))
    throw s3Error(
      'AccessDenied',
      {},
      `User: ${ctx.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${input.Bucket}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    )
  await configureBucket(ctx.store, input.Bucket, { policy: input.Policy })
  return {}
}

export const getBucketPolicy: Op<'GetBucketPolicy'> = async (input, ctx) => ({
  Policy: await requireStored(input, ctx),
})

export const getBucketPolicyStatus: Op<'GetBucketPolicyStatus'> = async (input, ctx) => {
  const policy = await requireStored(input, ctx)
  return { PolicyStatus: { IsPublic: statementsOf(policy).some(isPublic) } }
}

export const deleteBucketPolicy: Op<'DeleteBucketPolicy'> = async (input, ctx) => {
  await configureBucket(ctx.store, input.Bucket, { policy: undefined })
  return {}
}

async function requireStored(input: { Bucket: string }, ctx: Parameters<Op<'GetBucketPolicy'>>[1]): Promise<string> {
  const { policy } = (await requireBucket(ctx.store.db, input.Bucket)).configuration
  if (policy === undefined) throw s3Error('NoSuchBucketPolicy', { BucketName: input.Bucket })
  return policy
}

const unlockable = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy'])

/**
 * The bucket's policy as it counts for this principal. A public one counts for nobody outside of the owner's account while
 * RestrictPublicBuckets is on, and none keeps the owner's root from mending the policy (S3 User Guide, "Blocking public access" and
 * "Bucket policies").
 */
export function policyAsAppliedTo(principal: Principal, bucket: Bucket, action: string): string | undefined {
  const { policy } = bucket.configuration
  if (policy === undefined) return undefined
  const own = principal.account === bucket.account && principal.kind !== 'anonymous'
  if (own && principal.kind === 'root' && unlockable.has(action)) return undefined
  if (own || !blockOf(bucket.configuration).RestrictPublicBuckets) return policy
  return statementsOf(policy).some(isPublic) ? undefined : policy
}

const statementsOf = (policy: string): readonly Statement[] => [JSON.parse(policy).Statement].flat()

/** Throws MalformedPolicy with what is wrong. */
async function requirePolicy(text: string, bucket: string, check: CheckPolicy): Promise<readonly Statement[]> {
  if (Buffer.byteLength(text) > 20 * 1024) throw malformed('Policy exceeds the maximum allowed document size of 20 KB')
  const document = parse(text)
  if (document.Version !== undefined && !['2008-10-17', '2012-10-17'].includes(String(document.Version)))
    throw malformed('The policy must contain a valid version string')
  const unknown = Object.keys(document).find(member => !['Version', 'Id', 'Statement'].includes(member))
  if (unknown) throw malformed(`Unknown field ${unknown}`)
  const statements = [document.Statement].flat() as Statement[]
  if (document.Statement === undefined || statements.length === 0)
    throw malformed('Could not parse the policy: Statement is empty!')
  for (const statement of statements) requireStatement(statement, bucket)
  try {
    await check(text)
  } catch (error) {
    throw malformed((error as Error).message)
  }
  return statements
}

function parse(text: string): Record<string, unknown> {
  try {
    const document = JSON.parse(text)
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document
  } catch {}
  throw s3Error('MalformedPolicy')
}

function requireStatement(statement: Statement, bucket: string): void {
  if (typeof statement !== 'object' || statement === null) throw malformed('A statement must be an object')
  const unknown = Object.keys(statement).find(member => !members.has(member))
  if (unknown) throw malformed(`Unknown field ${unknown}`)
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny')
    throw malformed(`Invalid effect: ${statement.Effect}`)
  if ((statement.Principal === undefined) === (statement.NotPrincipal === undefined))
    throw malformed('Missing required field Principal')
  requireTexts(statement, 'Action', action => /^(\*|s3:[A-Za-z*?]+)$/.test(action), 'Policy has invalid action')
  const arn = `arn:aws:s3:::${bucket}`
  const inBucket = (resource: string) =>
    resource === arn || resource.startsWith(`${arn}/`) || (resource.startsWith(arn) && resource.endsWith('*'))
  requireTexts(statement, 'Resource', inBucket, 'Policy has invalid resource')
  for (const test of Object.values(statement.Condition ?? {}))
    for (const key of Object.keys(test))
      if (/^s3:/i.test(key) && !isConditionKey(key))
        throw malformed(`Policy has an invalid condition key: this server does not evaluate ${key}`)
}

function requireTexts(statement: Statement, name: string, valid: (text: string) => boolean, message: string): void {
  const value = statement[name] ?? statement[`Not${name}`]
  if (value === undefined) throw malformed(`Missing required field ${name}`)
  const wrong = [value].flat().find(text => typeof text !== 'string' || !valid(text))
  if (wrong !== undefined) throw malformed(`${message}: ${wrong}`)
}

const malformed = (message: string) => s3Error('MalformedPolicy', {}, message)
