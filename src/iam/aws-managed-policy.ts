import { readFileSync } from 'node:fs'

export interface AwsManagedPolicy {
  readonly name: string
  readonly path: string
  readonly description: string
  /** The version that is in force at AWS; older ones are not kept. */
  readonly version: number
  readonly created: number
  readonly updated: number
  /** JSON text. */
  readonly document: string
}

interface Facts {
  readonly path: string
  readonly version: number
  readonly created: string
  readonly updated: string
  readonly description: string
  readonly statements: readonly object[]
}

/**
 * What the policies that AWS provides allow (AWS Managed Policy Reference Guide, as of November 2026): actions in alphabetical order,
 * statements with the same resources and conditions as one. Of ReadOnlyAccess and SecurityAudit, which name thousands of actions, only
 * those of services that are served here and their neighbours.
 */
const facts: Readonly<Record<string, Facts>> = JSON.parse(
  readFileSync(new URL('./aws-managed-policies.json', import.meta.url), 'utf8'),
)

const reads = ['aws-marketplace:ListReviews']
const reviews = [...reads, 'aws-marketplace:PutReview', 'aws-marketplace:DeleteReview']
const answers = [...reads, 'aws-marketplace:PutReviewAnswer', 'aws-marketplace:DeleteReviewAnswer']

/** Operations of this marketplace that AWS does not have, by the policy that they belong to. */
const ours: Readonly<Record<string, readonly string[]>> = {
  AWSMarketplaceManageSubscriptions: reviews,
  'AWSMarketplaceRead-only': reads,
  AWSMarketplaceSellerFullAccess: [...answers, 'aws-marketplace:CreateReport'],
}

/** The policies that AWS provides, by ARN: the names that scripts attach. */
export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  Object.entries(facts).map(([name, { path, version, created, updated, description, statements }]) => {
    const more = ours[name] ? [{ Effect: 'Allow', Action: ours[name], Resource: '*' }] : []
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [...statements, ...more] })
    const dates = { created: Date.parse(created), updated: Date.parse(updated) }
    return [`arn:aws:iam::aws:policy${path}${name}`, { name, path, description, version, ...dates, document }]
  }),
)
