import type { ComponentType, LazyExoticComponent } from 'react'
import { part } from '../kit/part.ts'
import type { PageName } from '../route/path-table.ts'
import { texts } from '../texts.ts'

/** What a page is given: the names in its path. */
export type PageComponent = ComponentType<{ readonly params: Readonly<Record<string, string>> }>

interface Page {
  /** A chunk a page: nobody loads what is not opened. */
  readonly content: LazyExoticComponent<PageComponent>
  /** Absent where the page is called as the resource that it shows. */
  readonly title?: string
  readonly area?: string
  /** On the way to it. */
  readonly above?: Exclude<PageName, 'signIn'>
}

export const sagemaker = 'Amazon SageMaker AI'
export const marketplace = 'AWS Marketplace'
export const partner = 'AWS Partner Central'
export const registry = 'Elastic Container Registry'
export const keyService = 'Key Management Service'
export const identity = 'Identity and Access Management'
export const monitoring = 'CloudWatch'
export const storage = 'S3'
export const eventBridge = 'Amazon EventBridge'
export const notification = 'Simple Notification Service'
export const operator = 'Operator'

/** Every page that is shown to whoever is signed in: what it loads, what it is called, and what stands above it. */
export const pages: Readonly<Record<Exclude<PageName, 'signIn'>, Page>> = {
  home: { content: part(() => import('../home/home-page.tsx')), title: texts.frame.home },
  switchRole: { content: part(() => import('../session/switch-role-page.tsx')), title: texts.switchRole.title },
  storefront: { content: part(() => import('../marketplace/storefront-page.tsx')), title: marketplace },
  product: { content: part(() => import('../marketplace/product-page.tsx')), title: 'Product', above: 'storefront' },
  procurement: {
    content: part(() => import('../marketplace/procurement-page.tsx')),
    title: 'Subscribe',
    above: 'storefront',
  },
  subscriptions: {
    content: part(() => import('../marketplace/subscriptions-page.tsx')),
    title: 'Manage subscriptions',
    area: marketplace,
  },
  subscription: { content: part(() => import('../marketplace/subscription-page.tsx')), above: 'subscriptions' },
  launch: {
    content: part(() => import('../marketplace/launch-page.tsx')),
    title: 'Configure and launch',
    above: 'subscription',
  },
  evaluations: {
    content: part(() => import('../marketplace/evaluations-page.tsx')),
    title: 'Evaluations',
    area: marketplace,
  },
  createEvaluation: {
    content: part(() => import('../marketplace/create-evaluation-page.tsx')),
    title: 'Start evaluation',
    above: 'evaluations',
  },
  evaluation: { content: part(() => import('../marketplace/evaluation-page.tsx')), above: 'evaluations' },
  experiences: {
    content: part(() => import('../marketplace/experiences-page.tsx')),
    title: 'Private marketplaces',
    area: marketplace,
  },
  experience: { content: part(() => import('../marketplace/experience-page.tsx')), above: 'experiences' },
  productRequests: {
    content: part(() => import('../marketplace/product-requests-page.tsx')),
    title: 'Product requests',
    area: marketplace,
  },
  products: {
    content: part(() => import('../partner/products-page.tsx')),
    title: 'Machine learning products',
    area: partner,
  },
  createProduct: {
    content: part(() => import('../partner/create-product-page.tsx')),
    title: 'Create machine learning product',
    above: 'products',
  },
  listProduct: {
    content: part(() => import('../partner/list-product-page.tsx')),
    title: 'List product',
    above: 'ownProduct',
  },
  createVersion: {
    content: part(() => import('../partner/create-version-page.tsx')),
    title: 'Add new version',
    above: 'ownProduct',
  },
  ownProduct: { content: part(() => import('../partner/own-product-page.tsx')), above: 'products' },
  algorithms: { content: part(() => import('../seller/algorithms-page.tsx')), title: 'Algorithms', area: sagemaker },
  createAlgorithm: {
    content: part(() => import('../seller/create-algorithm-page.tsx')),
    title: 'Create algorithm',
    above: 'algorithms',
  },
  algorithm: { content: part(() => import('../seller/algorithm-page.tsx')), above: 'algorithms' },
  modelPackages: {
    content: part(() => import('../seller/model-packages-page.tsx')),
    title: 'Marketplace model packages',
    area: sagemaker,
  },
  createModelPackage: {
    content: part(() => import('../seller/create-model-package-page.tsx')),
    title: 'Create marketplace model package',
    above: 'modelPackages',
  },
  modelPackage: { content: part(() => import('../seller/model-package-page.tsx')), above: 'modelPackages' },
  repositories: {
    content: part(() => import('../registry/repositories-page.tsx')),
    title: 'Repositories',
    area: registry,
  },
  createRepository: {
    content: part(() => import('../registry/create-repository-page.tsx')),
    title: 'Create repository',
    above: 'repositories',
  },
  repository: { content: part(() => import('../registry/repository-page.tsx')), above: 'repositories' },
  trainingJobs: {
    content: part(() => import('../sagemaker/training-jobs-page.tsx')),
    title: 'Training jobs',
    area: sagemaker,
  },
  createTrainingJob: {
    content: part(() => import('../sagemaker/create-training-job-page.tsx')),
    title: 'Create training job',
    above: 'trainingJobs',
  },
  trainingJob: { content: part(() => import('../sagemaker/training-job-page.tsx')), above: 'trainingJobs' },
  models: { content: part(() => import('../sagemaker/models-page.tsx')), title: 'Models', area: sagemaker },
  createModel: {
    content: part(() => import('../sagemaker/create-model-page.tsx')),
    title: 'Create model',
    above: 'models',
  },
  model: { content: part(() => import('../sagemaker/model-page.tsx')), above: 'models' },
  endpointConfigs: {
    content: part(() => import('../sagemaker/endpoint-configs-page.tsx')),
    title: 'Endpoint configurations',
    area: sagemaker,
  },
  createEndpointConfig: {
    content: part(() => import('../sagemaker/create-endpoint-config-page.tsx')),
    title: 'Create endpoint configuration',
    above: 'endpointConfigs',
  },
  endpointConfig: { content: part(() => import('../sagemaker/endpoint-config-page.tsx')), above: 'endpointConfigs' },
  endpoints: { content: part(() => import('../sagemaker/endpoints-page.tsx')), title: 'Endpoints', area: sagemaker },
  createEndpoint: {
    content: part(() => import('../sagemaker/create-endpoint-page.tsx')),
    title: 'Create endpoint',
    above: 'endpoints',
  },
  endpoint: { content: part(() => import('../sagemaker/endpoint-page.tsx')), above: 'endpoints' },
  transformJobs: {
    content: part(() => import('../sagemaker/transform-jobs-page.tsx')),
    title: 'Batch transform jobs',
    area: sagemaker,
  },
  createTransformJob: {
    content: part(() => import('../sagemaker/create-transform-job-page.tsx')),
    title: 'Create batch transform job',
    above: 'transformJobs',
  },
  transformJob: { content: part(() => import('../sagemaker/transform-job-page.tsx')), above: 'transformJobs' },
  keys: { content: part(() => import('../keys/keys-page.tsx')), title: 'Customer managed keys', area: keyService },
  key: { content: part(() => import('../keys/key-page.tsx')), above: 'keys' },
  users: { content: part(() => import('../identity/users-page.tsx')), title: 'Users', area: identity },
  user: { content: part(() => import('../identity/user-page.tsx')), above: 'users' },
  groups: { content: part(() => import('../identity/groups-page.tsx')), title: 'User groups', area: identity },
  group: { content: part(() => import('../identity/group-page.tsx')), above: 'groups' },
  roles: { content: part(() => import('../identity/roles-page.tsx')), title: 'Roles', area: identity },
  role: { content: part(() => import('../identity/role-page.tsx')), above: 'roles' },
  policies: { content: part(() => import('../identity/policies-page.tsx')), title: 'Policies', area: identity },
  policy: { content: part(() => import('../identity/policy-page.tsx')), above: 'policies' },
  identityProviders: {
    content: part(() => import('../identity/identity-providers-page.tsx')),
    title: 'Identity providers',
    area: identity,
  },
  createIdentityProvider: {
    content: part(() => import('../identity/create-identity-provider-page.tsx')),
    title: 'Add identity provider',
    above: 'identityProviders',
  },
  identityProvider: {
    content: part(() => import('../identity/identity-provider-page.tsx')),
    above: 'identityProviders',
  },
  securityCredentials: {
    content: part(() => import('../identity/security-credentials-page.tsx')),
    title: 'Security credentials',
    area: identity,
  },
  simulator: {
    content: part(() => import('../identity/simulator-page.tsx')),
    title: 'Policy simulator',
    area: identity,
  },
  logGroups: {
    content: part(() => import('../monitoring/log-groups-page.tsx')),
    title: 'Log groups',
    area: monitoring,
  },
  logGroup: { content: part(() => import('../monitoring/log-group-page.tsx')), above: 'logGroups' },
  metrics: { content: part(() => import('../monitoring/metrics-page.tsx')), title: 'All metrics', area: monitoring },
  alarms: { content: part(() => import('../monitoring/alarms-page.tsx')), title: 'Alarms', area: monitoring },
  rules: { content: part(() => import('../events/rules-page.tsx')), title: 'Rules', area: eventBridge },
  deadLetters: {
    content: part(() => import('../events/dead-letters-page.tsx')),
    title: 'Dead letters',
    area: eventBridge,
  },
  topics: { content: part(() => import('../events/topics-page.tsx')), title: 'Topics', area: notification },
  buckets: { content: part(() => import('../storage/buckets-page.tsx')), title: 'Buckets', area: storage },
  bucket: { content: part(() => import('../storage/bucket-page.tsx')), above: 'buckets' },
  accounts: { content: part(() => import('../operator/accounts-page.tsx')), title: 'Accounts', area: operator },
  approvals: { content: part(() => import('../operator/approvals-page.tsx')), title: 'Approvals', area: operator },
  quotaRequests: {
    content: part(() => import('../operator/quota-requests-page.tsx')),
    title: 'Quota requests',
    area: operator,
  },
  moderation: {
    content: part(() => import('../operator/reviews-page.tsx')),
    title: 'Customer reviews',
    area: operator,
  },
  reconciliation: {
    content: part(() => import('../operator/reconciliation-page.tsx')),
    title: 'Invoices',
    area: operator,
  },
  health: { content: part(() => import('../operator/health-page.tsx')), title: 'Health and capacity', area: operator },
  scanPolicy: { content: part(() => import('../operator/scan-policy-page.tsx')), title: 'Scan policy', area: operator },
  securityLog: {
    content: part(() => import('../operator/security-log-page.tsx')),
    title: 'Security log',
    area: operator,
  },
  signInProviders: {
    content: part(() => import('../operator/sign-in-providers-page.tsx')),
    title: 'Sign-in providers',
    area: operator,
  },
  requests: { content: part(() => import('../partner/requests-page.tsx')), title: 'Requests', area: partner },
  request: { content: part(() => import('../partner/request-page.tsx')), above: 'requests' },
  agreements: { content: part(() => import('../partner/agreements-page.tsx')), title: 'Agreements', area: partner },
  agreement: { content: part(() => import('../partner/agreement-page.tsx')), above: 'agreements' },
  offers: { content: part(() => import('../partner/offers-page.tsx')), title: 'Private offers', area: partner },
  createOffer: {
    content: part(() => import('../partner/create-offer-page.tsx')),
    title: 'Create private offer',
    above: 'offers',
  },
  offer: { content: part(() => import('../partner/offer-page.tsx')), above: 'offers' },
  insights: { content: part(() => import('../partner/insights-page.tsx')), title: 'Insights', area: partner },
  tuningJobs: {
    content: part(() => import('../sagemaker/tuning-jobs-page.tsx')),
    title: 'Hyperparameter tuning jobs',
    area: sagemaker,
  },
  createTuningJob: {
    content: part(() => import('../sagemaker/create-tuning-job-page.tsx')),
    title: 'Create hyperparameter tuning job',
    above: 'tuningJobs',
  },
  tuningJob: { content: part(() => import('../sagemaker/tuning-job-page.tsx')), above: 'tuningJobs' },
}
