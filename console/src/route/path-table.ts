/** Every address of the console below `/console`, by page. What stands first is matched first. */
export const patterns = {
  home: '/',
  signIn: '/sign-in',
  switchRole: '/switch-role',
  storefront: '/marketplace/search',
  product: '/marketplace/pp/:name',
  procurement: '/marketplace/procurement',
  subscriptions: '/marketplace/subscriptions',
  subscription: '/marketplace/subscriptions/:name',
  launch: '/marketplace/subscriptions/:name/configure',
  evaluations: '/marketplace/evaluations',
  createEvaluation: '/marketplace/evaluations/create',
  evaluation: '/marketplace/evaluations/:name',
  experiences: '/marketplace/private-marketplaces',
  experience: '/marketplace/private-marketplaces/:name',
  productRequests: '/marketplace/product-requests',
  products: '/partnercentral/products',
  createProduct: '/partnercentral/products/create',
  ownProduct: '/partnercentral/products/:name',
  listProduct: '/partnercentral/products/:name/listing',
  createVersion: '/partnercentral/products/:name/versions/create',
  algorithms: '/sagemaker/algorithms',
  createAlgorithm: '/sagemaker/algorithms/create',
  algorithm: '/sagemaker/algorithms/:name',
  modelPackages: '/sagemaker/model-packages',
  createModelPackage: '/sagemaker/model-packages/create',
  modelPackage: '/sagemaker/model-packages/:name',
  repositories: '/ecr/repositories',
  createRepository: '/ecr/repositories/create',
  repository: '/ecr/repositories/:name',
  trainingJobs: '/sagemaker/jobs',
  createTrainingJob: '/sagemaker/jobs/create',
  trainingJob: '/sagemaker/jobs/:name',
  models: '/sagemaker/models',
  createModel: '/sagemaker/models/create',
  model: '/sagemaker/models/:name',
  endpointConfigs: '/sagemaker/endpointConfig',
  createEndpointConfig: '/sagemaker/endpointConfig/create',
  endpointConfig: '/sagemaker/endpointConfig/:name',
  endpoints: '/sagemaker/endpoints',
  createEndpoint: '/sagemaker/endpoints/create',
  endpoint: '/sagemaker/endpoints/:name',
  transformJobs: '/sagemaker/transform-jobs',
  createTransformJob: '/sagemaker/transform-jobs/create',
  transformJob: '/sagemaker/transform-jobs/:name',
  keys: '/kms/keys',
  key: '/kms/keys/:name',
  users: '/iam/users',
  user: '/iam/users/:name',
  groups: '/iam/groups',
  group: '/iam/groups/:name',
  roles: '/iam/roles',
  role: '/iam/roles/:name',
  policies: '/iam/policies',
  policy: '/iam/policies/:name',
  identityProviders: '/iam/identity-providers',
  createIdentityProvider: '/iam/identity-providers/create',
  identityProvider: '/iam/identity-providers/:name',
  securityCredentials: '/iam/security-credentials',
  simulator: '/iam/simulator',
  logGroups: '/cloudwatch/log-groups',
  logGroup: '/cloudwatch/log-groups/:name',
  metrics: '/cloudwatch/metrics',
  alarms: '/cloudwatch/alarms',
  rules: '/events/rules',
  deadLetters: '/events/dead-letters',
  topics: '/sns/topics',
  buckets: '/s3/buckets',
  bucket: '/s3/buckets/:name',
  accounts: '/operator/accounts',
  approvals: '/operator/approvals',
  quotaRequests: '/operator/quota-requests',
  moderation: '/operator/reviews',
  reconciliation: '/operator/invoices',
  health: '/operator/health',
  scanPolicy: '/operator/scan-policy',
  securityLog: '/operator/security-log',
  signInProviders: '/operator/sign-in',
  requests: '/partnercentral/requests',
  request: '/partnercentral/requests/:name',
  agreements: '/partnercentral/agreements',
  agreement: '/partnercentral/agreements/:name',
  offers: '/partnercentral/offers',
  createOffer: '/partnercentral/offers/create',
  offer: '/partnercentral/offers/:name',
  insights: '/partnercentral/insights',
  tuningJobs: '/sagemaker/hyper-tuning-jobs',
  createTuningJob: '/sagemaker/hyper-tuning-jobs/create',
  tuningJob: '/sagemaker/hyper-tuning-jobs/:name',
} as const

export type PageName = keyof typeof patterns

/** The names behind colons: `name` of `/sagemaker/jobs/:name`. */
type ParamsOf<Pattern extends string> = Pattern extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamsOf<`/${Rest}`>
  : Pattern extends `${string}:${infer Name}`
    ? Name
    : never

type Params<Page extends PageName> = Readonly<Record<ParamsOf<(typeof patterns)[Page]>, string>>
type Given<Page extends PageName> = [ParamsOf<(typeof patterns)[Page]>] extends [never] ? [] : [params: Params<Page>]

const base = '/console'

/** The path of a page: `pathTo('trainingJob', { name: 'mine' })`. */
export function pathTo<Page extends PageName>(page: Page, ...[params]: Given<Page>): string {
  const values: Readonly<Record<string, string>> = params ?? {}
  return base + patterns[page].replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}

export interface Match {
  readonly page: PageName
  readonly params: Readonly<Record<string, string>>
}

const matchers = Object.entries(patterns).map(([page, pattern]) => ({
  page: page as PageName,
  matcher: new RegExp(`^${base}${pattern.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)').replace(/\/$/, '/?')}$`),
}))

/** The page of a path; undefined for none. */
export function matchPath(path: string): Match | undefined {
  for (const { page, matcher } of matchers) {
    const found = matcher.exec(path)
    if (found) return { page, params: decoded(found.groups ?? {}) }
  }
  return undefined
}

/** A path that somebody typed may hold a lone per cent sign. */
function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, text]) => {
      try {
        return [name, decodeURIComponent(text)]
      } catch {
        return [name, text]
      }
    }),
  )
}
