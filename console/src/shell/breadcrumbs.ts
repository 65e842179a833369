import { type Match, type PageName, pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'

interface Crumb {
  readonly text: string
  readonly href: string
}

const home = { text: texts.frame.home, href: pathTo('home') }
const sagemaker = { text: 'Amazon SageMaker AI', href: pathTo('trainingJobs') }
const trainingJobs = { text: 'Training jobs', href: pathTo('trainingJobs') }
const models = { text: 'Models', href: pathTo('models') }
const configs = { text: 'Endpoint configurations', href: pathTo('endpointConfigs') }
const transformJobs = { text: 'Batch transform jobs', href: pathTo('transformJobs') }
const endpoints = { text: 'Endpoints', href: pathTo('endpoints') }

/** The way to a page, itself last. */
const ways: Readonly<Record<PageName, (name: string) => readonly Crumb[]>> = {
  home: () => [home],
  signIn: () => [home],
  trainingJobs: () => [home, sagemaker, trainingJobs],
  createTrainingJob: () => [
    home,
    sagemaker,
    trainingJobs,
    { text: 'Create training job', href: pathTo('createTrainingJob') },
  ],
  trainingJob: name => [home, sagemaker, trainingJobs, { text: name, href: pathTo('trainingJob', { name }) }],
  models: () => [home, sagemaker, models],
  createModel: () => [home, sagemaker, models, { text: 'Create model', href: pathTo('createModel') }],
  model: name => [home, sagemaker, models, { text: name, href: pathTo('model', { name }) }],
  endpointConfigs: () => [home, sagemaker, configs],
  createEndpointConfig: () => [
    ...[home, sagemaker, configs],
    { text: 'Create endpoint configuration', href: pathTo('createEndpointConfig') },
  ],
  endpointConfig: name => [home, sagemaker, configs, { text: name, href: pathTo('endpointConfig', { name }) }],
  endpoints: () => [home, sagemaker, endpoints],
  createEndpoint: () => [home, sagemaker, endpoints, { text: 'Create endpoint', href: pathTo('createEndpoint') }],
  endpoint: name => [home, sagemaker, endpoints, { text: name, href: pathTo('endpoint', { name }) }],
  transformJobs: () => [home, sagemaker, transformJobs],
  createTransformJob: () => [
    ...[home, sagemaker, transformJobs],
    { text: 'Create batch transform job', href: pathTo('createTransformJob') },
  ],
  transformJob: name => [home, sagemaker, transformJobs, { text: name, href: pathTo('transformJob', { name }) }],
}

export const breadcrumbs = (match: Match | undefined): Crumb[] =>
  match ? [...ways[match.page](match.params.name ?? '')] : [home]
