/** A number that this installation holds an account to. */
export interface Quota {
  /** AWS's own code where it is known to us (`L-…`), else words. */
  readonly code: string
  readonly name: string
  readonly value: number
  readonly unit?: 'Bytes' | 'Characters' | 'Gigabytes'
  /** `value` is a rate. */
  readonly isPerSecond?: boolean
  /** The operator may give an account another number (`modelmart quota`), and accounts may ask for one. */
  readonly isAdjustable?: boolean
  /** One number for all regions, of a service that has others for each. */
  readonly isGlobal?: boolean
}

/** Requests a second of an account on the average, by service and operation (AWS Marketplace Developer Guide, service quotas of the three APIs). */
export const marketRates: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'Marketplace Catalog': {
    ...{ ListEntities: 10, DescribeChangeSet: 10, DescribeEntity: 20 },
    ...{ StartChangeSet: 5, ListChangeSets: 5, CancelChangeSet: 5, TagResource: 5, UntagResource: 5 },
    ...{ ListTagsForResource: 5, PutResourcePolicy: 5, GetResourcePolicy: 5, DeleteResourcePolicy: 5 },
  },
  'Marketplace Agreement': {
    ...{ AcceptAgreementCancellationRequest: 2, RejectAgreementCancellationRequest: 2 },
    ...{ BatchCreateBillingAdjustmentRequest: 2, AcceptAgreementRequest: 3, CancelAgreement: 3 },
    ...{ UpdatePurchaseOrders: 3, CreateAgreementRequest: 4, DescribeAgreement: 5, SearchAgreements: 5 },
    ...{ GetAgreementTerms: 10, GetAgreementEntitlements: 10, ListAgreementCharges: 15 },
  },
  'Marketplace Discovery': {
    ...{ GetListing: 5, GetProduct: 5, GetOffer: 5, GetOfferSet: 5, GetOfferTerms: 5, ListPurchaseOptions: 5 },
    ...{ ListFulfillmentOptions: 5, SearchFacets: 10, SearchListings: 10 },
  },
}

const rateQuotas: Readonly<Record<string, Quota>> = Object.fromEntries(
  Object.values(marketRates).flatMap(operations =>
    Object.entries(operations).map(([operation, value]) => [
      operation,
      { code: `rate-of-${operation}`, name: `Rate of ${operation} requests`, value, isPerSecond: true },
    ]),
  ),
)

const shared = { isAdjustable: true, isGlobal: true } as const

/** In GB of 10⁹ bytes; as good as none until the operator sets it for an account. */
const stored = { ...shared, code: 'storage', value: 10_000_000, unit: 'Gigabytes' } as const

/** What an account may have under way at a time, waiting for the machine or on it. Instances are as many as so many jobs can have. */
const underWay = {
  trainingJobs: { ...shared, code: 'training-jobs', name: 'Training jobs in progress', value: 10_000 },
  trainingInstances: {
    ...{ ...shared, code: 'training-instances', name: 'Number of instances across training jobs', value: 1_250_000 },
  },
  transformJobs: { ...shared, code: 'transform-jobs', name: 'Transform jobs in progress', value: 10_000 },
  transformInstances: {
    ...{ ...shared, code: 'transform-instances', name: 'Number of instances across transform jobs', value: 1_000_000 },
  },
  tuningJobs: { ...shared, code: 'tuning-jobs', name: 'Hyperparameter tuning jobs in progress', value: 1_000 },
  validations: {
    ...{ ...shared, code: 'validations', name: 'Model packages and algorithms being validated', value: 1_000 },
  },
  endpoints: { ...shared, code: 'endpoints', name: 'Number of endpoints', value: 1_000 },
  endpointInstances: {
    ...{ ...shared, code: 'endpoint-instances', name: 'Number of instances across endpoints', value: 10_000 },
  },
  waitingInvocations: {
    ...{
      ...shared,
      code: 'waiting-invocations',
      name: 'Requests waiting for an asynchronous endpoint',
      value: 100_000,
    },
  },
  waitingBytes: {
    ...{ ...shared, code: 'waiting-invocations-size', name: 'Size of requests waiting for asynchronous endpoints' },
    ...{ value: 10, unit: 'Gigabytes' as const },
  },
} as const

/**
 * What accounts may have, by service: read by who enforces it, and told by Service Quotas. Values are AWS's; of those that AWS raises
 * on request, the most that it gives. What shares out this machine is ours to say, and the operator's to adjust. A number that nothing
 * enforces does not stand here.
 */
export const quotas = {
  /** AWS CloudTrail API Reference, LookupEvents. */
  cloudtrail: {
    lookups: { code: 'rate-of-lookup-events', name: 'Rate of LookupEvents requests', value: 2, isPerSecond: true },
  },
  /** Application Auto Scaling User Guide, "Quotas for Application Auto Scaling". */
  scaling: {
    policies: { code: 'L-B395C81B', name: 'Scaling policies per scalable target', value: 50 },
    scheduledActions: { code: 'L-95848B5F', name: 'Scheduled actions per scalable target', value: 200 },
    steps: { code: 'L-9C25247C', name: 'Step adjustments per step scaling policy', value: 20 },
  },
  /** Amazon CloudWatch User Guide, "CloudWatch service quotas". */
  monitoring: { alarms: { code: 'metric-alarms', name: 'Metric alarms per Region', value: 5000 } },
  /** Amazon ECR User Guide, "Amazon ECR service quotas". */
  ecr: {
    tags: { code: 'tags-per-image', name: 'Tags per image', value: 1000 },
    storage: { ...stored, name: 'Storage of images' },
  },
  /** EventBridge User Guide, "Amazon EventBridge quotas". */
  events: {
    rules: { code: 'L-244521F2', name: 'Number of rules', value: 300 },
    targets: { code: 'L-388D1D08', name: 'Targets per rule', value: 5 },
  },
  /** IAM User Guide, "IAM and AWS STS quotas". Sizes leave out white space; an entity's inline policies count together. */
  iam: {
    users: { code: 'L-F55AF5E4', name: 'Users per account', value: 5000 },
    groups: { code: 'L-F4A5425F', name: 'Groups per account', value: 300 },
    roles: { code: 'L-FE177D64', name: 'Roles per account', value: 5000 },
    instanceProfiles: { code: 'L-6E65F664', name: 'Instance profiles per account', value: 5000 },
    policies: { code: 'L-E95E4862', name: 'Customer managed policies per account', value: 5000 },
    openIdProviders: { code: 'L-858F3967', name: 'OpenId connect providers per account', value: 100 },
    policiesOfRole: { code: 'L-0DA4ABF3', name: 'Managed policies per role', value: 20 },
    policiesOfUser: { code: 'L-4019AD8B', name: 'Managed policies per user', value: 20 },
    policiesOfGroup: { code: 'L-384571C4', name: 'Managed policies per group', value: 20 },
    trustPolicySize: { code: 'L-C07B4B0D', name: 'Role trust policy length', value: 2048, unit: 'Characters' },
    clientIdsOfProvider: {
      code: 'client-ids-per-provider',
      name: 'Client IDs per OpenId connect provider',
      value: 100,
    },
    thumbprintsOfProvider: {
      ...{ code: 'thumbprints-per-provider', name: 'Thumbprints per OpenId connect provider', value: 5 },
    },
    groupsOfUser: { code: 'groups-per-user', name: 'IAM groups per user', value: 10 },
    accessKeysOfUser: { code: 'access-keys-per-user', name: 'Access keys per user', value: 2 },
    policyVersions: { code: 'versions-per-policy', name: 'Versions per managed policy', value: 5 },
    userPolicySize: {
      ...{ code: 'user-inline-policy-length', name: 'User inline policies length', value: 2048, unit: 'Characters' },
    },
    groupPolicySize: {
      ...{ code: 'group-inline-policy-length', name: 'Group inline policies length', value: 5120, unit: 'Characters' },
    },
    rolePolicySize: {
      ...{ code: 'role-inline-policy-length', name: 'Role inline policies length', value: 10_240, unit: 'Characters' },
    },
    policySize: { code: 'managed-policy-length', name: 'Managed policy length', value: 6144, unit: 'Characters' },
  },
  /** AWS KMS Developer Guide, "Quotas". */
  kms: {
    policySize: { code: 'L-8D683C05', name: 'Key policy document size', value: 32_768, unit: 'Bytes' },
    rotations: { code: 'on-demand-rotations-per-key', name: 'On-demand rotations per KMS key', value: 25 },
  },
  /** Amazon CloudWatch Logs User Guide, "CloudWatch Logs quotas". */
  logs: {
    eventSize: { code: 'L-91470774', name: 'Event size', value: 1_048_576, unit: 'Bytes' },
    batchSize: { code: 'L-29A639F6', name: 'Batch size', value: 1_048_576, unit: 'Bytes' },
    metricFilters: { code: 'L-3D5753EA', name: 'Metrics filters per log group', value: 100 },
    filterDimensions: { code: 'dimensions-per-metric-filter', name: 'Dimensions per metric filter', value: 3 },
    queries: { code: 'concurrent-queries', name: 'Concurrent Logs Insights queries', value: 30 },
    groupsOfQuery: { code: 'log-groups-per-query', name: 'Log groups per Logs Insights query', value: 50 },
    liveTails: { code: 'concurrent-live-tail-sessions', name: 'Concurrent Live Tail sessions', value: 15 },
  },
  /** AWS Marketplace Developer Guide, service quotas of the Catalog, the Agreement and the Discovery API. */
  'aws-marketplace': {
    openChangeSets: { code: 'open-change-sets', name: 'Open change sets per account', value: 250 },
    ...rateQuotas,
  },
  /** SageMaker Developer Guide, "Resource Limits for Automatic Model Tuning"; instances are as many as an isolated network holds. */
  sagemaker: {
    hosts: { code: 'L-622CFD70', name: 'Maximum number of instances per training job', value: 125 },
    componentsOfEndpoint: {
      ...{ code: 'inference-components-per-endpoint', name: 'Inference components per endpoint', value: 100 },
    },
    ...underWay,
    tuningTrainingJobs: {
      ...{ code: 'training-jobs-per-tuning-job', name: 'Training jobs per hyperparameter tuning job', value: 750 },
    },
    parallelTrainingJobs: {
      code: 'parallel-training-jobs-per-tuning-job',
      name: 'Parallel training jobs per hyperparameter tuning job',
      value: 10,
    },
  },
  s3: { storage: { ...stored, name: 'Storage of objects' } },
  /** AWS General Reference, "Amazon SNS endpoints and quotas". */
  sns: {
    topics: { code: 'topics-per-account', name: 'Topics per Account', value: 100_000 },
    pendingSubscriptions: {
      ...{ code: 'pending-subscriptions-per-account', name: 'Pending Subscriptions per Account', value: 5000 },
    },
    filterPoliciesOfTopic: { code: 'filter-policies-per-topic', name: 'Filter Policies per Topic', value: 200 },
    filterPolicies: { code: 'filter-policies-per-account', name: 'Filter Policies per Account', value: 10_000 },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Quota>>>>
