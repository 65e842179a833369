import { type Match, type PageName, pathTo, patterns } from '../route/path-table.ts'
import { texts } from '../texts.ts'

interface Crumb {
  readonly text: string
  readonly href: string
}

/** A page in the way to others: its title, or none where it is called as the resource it shows; and the page above it. */
interface Step {
  readonly title?: string
  readonly area?: string
  readonly above?: PageName
}

const sagemaker = 'Amazon SageMaker AI'
const marketplace = 'AWS Marketplace'
const partner = 'AWS Partner Central'
const registry = 'Elastic Container Registry'

const steps: Readonly<Record<PageName, Step>> = {
  home: { title: texts.frame.home },
  signIn: { title: texts.frame.home },
  storefront: { title: marketplace },
  product: { title: 'Product', above: 'storefront' },
  procurement: { title: 'Subscribe', above: 'storefront' },
  subscriptions: { title: 'Manage subscriptions', area: marketplace },
  subscription: { above: 'subscriptions' },
  launch: { title: 'Configure and launch', above: 'subscription' },
  products: { title: 'Machine learning products', area: partner },
  createProduct: { title: 'Create machine learning product', above: 'products' },
  ownProduct: { above: 'products' },
  algorithms: { title: 'Algorithms', area: sagemaker },
  createAlgorithm: { title: 'Create algorithm', above: 'algorithms' },
  algorithm: { above: 'algorithms' },
  modelPackages: { title: 'Marketplace model packages', area: sagemaker },
  createModelPackage: { title: 'Create marketplace model package', above: 'modelPackages' },
  modelPackage: { above: 'modelPackages' },
  repositories: { title: 'Repositories', area: registry },
  createRepository: { title: 'Create repository', above: 'repositories' },
  repository: { above: 'repositories' },
  trainingJobs: { title: 'Training jobs', area: sagemaker },
  createTrainingJob: { title: 'Create training job', above: 'trainingJobs' },
  trainingJob: { above: 'trainingJobs' },
  models: { title: 'Models', area: sagemaker },
  createModel: { title: 'Create model', above: 'models' },
  model: { above: 'models' },
  endpointConfigs: { title: 'Endpoint configurations', area: sagemaker },
  createEndpointConfig: { title: 'Create endpoint configuration', above: 'endpointConfigs' },
  endpointConfig: { above: 'endpointConfigs' },
  endpoints: { title: 'Endpoints', area: sagemaker },
  createEndpoint: { title: 'Create endpoint', above: 'endpoints' },
  endpoint: { above: 'endpoints' },
  transformJobs: { title: 'Batch transform jobs', area: sagemaker },
  createTransformJob: { title: 'Create batch transform job', above: 'transformJobs' },
  transformJob: { above: 'transformJobs' },
}

/** Where an area begins. */
const areas: Readonly<Record<string, PageName>> = {
  [sagemaker]: 'trainingJobs',
  [marketplace]: 'storefront',
  [registry]: 'repositories',
  [partner]: 'products',
}

const home = { text: texts.frame.home, href: pathTo('home') }

/** The way to a page, itself last. */
export function breadcrumbs(match: Match | undefined): Crumb[] {
  if (!match || match.page === 'home' || match.page === 'signIn') return [home]
  return [home, ...wayTo(match.page, match.params.name ?? '')]
}

function wayTo(page: PageName, name: string): Crumb[] {
  const { title = name, area, above } = steps[page]
  const own = { text: title, href: hrefOf(page, name) }
  const first = areas[area ?? '']
  if (first !== undefined && area !== undefined) return [{ text: area, href: hrefOf(first, '') }, own]
  return above === undefined ? [own] : [...wayTo(above, name), own]
}

const hrefOf = (page: PageName, name: string): string =>
  patterns[page].includes(':name') ? pathTo(page as 'model', { name }) : pathTo(page as 'models')
