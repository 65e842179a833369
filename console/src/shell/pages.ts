import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
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
  home: { content: lazy(() => import('../home/home-page.tsx')), title: texts.frame.home },
  storefront: { content: lazy(() => import('../marketplace/storefront-page.tsx')), title: marketplace },
  product: { content: lazy(() => import('../marketplace/product-page.tsx')), title: 'Product', above: 'storefront' },
  procurement: {
    content: lazy(() => import('../marketplace/procurement-page.tsx')),
    title: 'Subscribe',
    above: 'storefront',
  },
  subscriptions: {
    content: lazy(() => import('../marketplace/subscriptions-page.tsx')),
    title: 'Manage subscriptions',
    area: marketplace,
  },
  subscription: { content: lazy(() => import('../marketplace/subscription-page.tsx')), above: 'subscriptions' },
  launch: {
    content: lazy(() => import('../marketplace/launch-page.tsx')),
    title: 'Configure and launch',
    above: 'subscription',
  },
  products: {
    content: lazy(() => import('../partner/products-page.tsx')),
    title: 'Machine learning products',
    area: partner,
  },
  createProduct: {
    content: lazy(() => import('../partner/create-product-page.tsx')),
    title: 'Create machine learning product',
    above: 'products',
  },
  createVersion: {
    content: lazy(() => import('../partner/create-version-page.tsx')),
    title: 'Add new version',
    above: 'ownProduct',
  },
  ownProduct: { content: lazy(() => import('../partner/own-product-page.tsx')), above: 'products' },
  algorithms: { content: lazy(() => import('../seller/algorithms-page.tsx')), title: 'Algorithms', area: sagemaker },
  createAlgorithm: {
    content: lazy(() => import('../seller/create-algorithm-page.tsx')),
    title: 'Create algorithm',
    above: 'algorithms',
  },
  algorithm: { content: lazy(() => import('../seller/algorithm-page.tsx')), above: 'algorithms' },
  modelPackages: {
    content: lazy(() => import('../seller/model-packages-page.tsx')),
    title: 'Marketplace model packages',
    area: sagemaker,
  },
  createModelPackage: {
    content: lazy(() => import('../seller/create-model-package-page.tsx')),
    title: 'Create marketplace model package',
    above: 'modelPackages',
  },
  modelPackage: { content: lazy(() => import('../seller/model-package-page.tsx')), above: 'modelPackages' },
  repositories: {
    content: lazy(() => import('../registry/repositories-page.tsx')),
    title: 'Repositories',
    area: registry,
  },
  createRepository: {
    content: lazy(() => import('../registry/create-repository-page.tsx')),
    title: 'Create repository',
    above: 'repositories',
  },
  repository: { content: lazy(() => import('../registry/repository-page.tsx')), above: 'repositories' },
  trainingJobs: {
    content: lazy(() => import('../sagemaker/training-jobs-page.tsx')),
    title: 'Training jobs',
    area: sagemaker,
  },
  createTrainingJob: {
    content: lazy(() => import('../sagemaker/create-training-job-page.tsx')),
    title: 'Create training job',
    above: 'trainingJobs',
  },
  trainingJob: { content: lazy(() => import('../sagemaker/training-job-page.tsx')), above: 'trainingJobs' },
  models: { content: lazy(() => import('../sagemaker/models-page.tsx')), title: 'Models', area: sagemaker },
  createModel: {
    content: lazy(() => import('../sagemaker/create-model-page.tsx')),
    title: 'Create model',
    above: 'models',
  },
  model: { content: lazy(() => import('../sagemaker/model-page.tsx')), above: 'models' },
  endpointConfigs: {
    content: lazy(() => import('../sagemaker/endpoint-configs-page.tsx')),
    title: 'Endpoint configurations',
    area: sagemaker,
  },
  createEndpointConfig: {
    content: lazy(() => import('../sagemaker/create-endpoint-config-page.tsx')),
    title: 'Create endpoint configuration',
    above: 'endpointConfigs',
  },
  endpointConfig: { content: lazy(() => import('../sagemaker/endpoint-config-page.tsx')), above: 'endpointConfigs' },
  endpoints: { content: lazy(() => import('../sagemaker/endpoints-page.tsx')), title: 'Endpoints', area: sagemaker },
  createEndpoint: {
    content: lazy(() => import('../sagemaker/create-endpoint-page.tsx')),
    title: 'Create endpoint',
    above: 'endpoints',
  },
  endpoint: { content: lazy(() => import('../sagemaker/endpoint-page.tsx')), above: 'endpoints' },
  transformJobs: {
    content: lazy(() => import('../sagemaker/transform-jobs-page.tsx')),
    title: 'Batch transform jobs',
    area: sagemaker,
  },
  createTransformJob: {
    content: lazy(() => import('../sagemaker/create-transform-job-page.tsx')),
    title: 'Create batch transform job',
    above: 'transformJobs',
  },
  transformJob: { content: lazy(() => import('../sagemaker/transform-job-page.tsx')), above: 'transformJobs' },
  keys: { content: lazy(() => import('../keys/keys-page.tsx')), title: 'Customer managed keys', area: keyService },
  key: { content: lazy(() => import('../keys/key-page.tsx')), above: 'keys' },
  users: { content: lazy(() => import('../identity/users-page.tsx')), title: 'Users', area: identity },
  user: { content: lazy(() => import('../identity/user-page.tsx')), above: 'users' },
  groups: { content: lazy(() => import('../identity/groups-page.tsx')), title: 'User groups', area: identity },
  group: { content: lazy(() => import('../identity/group-page.tsx')), above: 'groups' },
  roles: { content: lazy(() => import('../identity/roles-page.tsx')), title: 'Roles', area: identity },
  role: { content: lazy(() => import('../identity/role-page.tsx')), above: 'roles' },
  policies: { content: lazy(() => import('../identity/policies-page.tsx')), title: 'Policies', area: identity },
  policy: { content: lazy(() => import('../identity/policy-page.tsx')), above: 'policies' },
  simulator: {
    content: lazy(() => import('../identity/simulator-page.tsx')),
    title: 'Policy simulator',
    area: identity,
  },
  logGroups: {
    content: lazy(() => import('../monitoring/log-groups-page.tsx')),
    title: 'Log groups',
    area: monitoring,
  },
  logGroup: { content: lazy(() => import('../monitoring/log-group-page.tsx')), above: 'logGroups' },
  metrics: { content: lazy(() => import('../monitoring/metrics-page.tsx')), title: 'All metrics', area: monitoring },
  alarms: { content: lazy(() => import('../monitoring/alarms-page.tsx')), title: 'Alarms', area: monitoring },
  rules: { content: lazy(() => import('../events/rules-page.tsx')), title: 'Rules', area: eventBridge },
  deadLetters: {
    content: lazy(() => import('../events/dead-letters-page.tsx')),
    title: 'Dead letters',
    area: eventBridge,
  },
  topics: { content: lazy(() => import('../events/topics-page.tsx')), title: 'Topics', area: notification },
  buckets: { content: lazy(() => import('../storage/buckets-page.tsx')), title: 'Buckets', area: storage },
  bucket: { content: lazy(() => import('../storage/bucket-page.tsx')), above: 'buckets' },
  accounts: { content: lazy(() => import('../operator/accounts-page.tsx')), title: 'Accounts', area: operator },
  approvals: { content: lazy(() => import('../operator/approvals-page.tsx')), title: 'Approvals', area: operator },
  moderation: {
    content: lazy(() => import('../operator/reviews-page.tsx')),
    title: 'Customer reviews',
    area: operator,
  },
  reconciliation: {
    content: lazy(() => import('../operator/reconciliation-page.tsx')),
    title: 'Invoices',
    area: operator,
  },
  health: { content: lazy(() => import('../operator/health-page.tsx')), title: 'Health and capacity', area: operator },
  scanPolicy: { content: lazy(() => import('../operator/scan-policy-page.tsx')), title: 'Scan policy', area: operator },
  securityLog: {
    content: lazy(() => import('../operator/security-log-page.tsx')),
    title: 'Security log',
    area: operator,
  },
  signInProviders: {
    content: lazy(() => import('../operator/sign-in-providers-page.tsx')),
    title: 'Sign-in providers',
    area: operator,
  },
  requests: { content: lazy(() => import('../partner/requests-page.tsx')), title: 'Requests', area: partner },
  request: { content: lazy(() => import('../partner/request-page.tsx')), above: 'requests' },
  agreements: { content: lazy(() => import('../partner/agreements-page.tsx')), title: 'Agreements', area: partner },
  agreement: { content: lazy(() => import('../partner/agreement-page.tsx')), above: 'agreements' },
  offers: { content: lazy(() => import('../partner/offers-page.tsx')), title: 'Private offers', area: partner },
  createOffer: {
    content: lazy(() => import('../partner/create-offer-page.tsx')),
    title: 'Create private offer',
    above: 'offers',
  },
  offer: { content: lazy(() => import('../partner/offer-page.tsx')), above: 'offers' },
  insights: { content: lazy(() => import('../partner/insights-page.tsx')), title: 'Insights', area: partner },
  tuningJobs: {
    content: lazy(() => import('../sagemaker/tuning-jobs-page.tsx')),
    title: 'Hyperparameter tuning jobs',
    area: sagemaker,
  },
  createTuningJob: {
    content: lazy(() => import('../sagemaker/create-tuning-job-page.tsx')),
    title: 'Create hyperparameter tuning job',
    above: 'tuningJobs',
  },
  tuningJob: { content: lazy(() => import('../sagemaker/tuning-job-page.tsx')), above: 'tuningJobs' },
}
