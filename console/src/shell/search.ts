import {
  ListAlgorithmsCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListHyperParameterTuningJobsCommand,
  ListModelPackagesCommand,
  ListModelsCommand,
  ListTrainingJobsCommand,
  ListTransformJobsCommand,
} from '@aws-sdk/client-sagemaker'
import { sagemaker } from '../api/sagemaker.ts'
import { type PageName, pathTo, patterns } from '../route/path-table.ts'
import { operator, pages } from './pages.ts'

export interface Found {
  readonly text: string
  /** What it is: `Training job`, or the area of a page. */
  readonly kind: string
  readonly href: string
}

/** Pages without a name in their path, whose titles or areas hold every word. */
export function findPages(asked: string, isOperator: boolean): Found[] {
  if (asked === '') return []
  const words = asked.toLowerCase().split(/\s+/)
  return (Object.keys(pages) as Exclude<PageName, 'signIn'>[])
    .filter(page => !patterns[page].includes(':') && (isOperator || pages[page].area !== operator))
    .map(page => {
      const { title = '', area, above } = pages[page]
      const kind = area ?? (above === undefined ? '' : (pages[above].area ?? ''))
      return { text: title, kind, href: pathTo(page as 'models') }
    })
    .filter(({ text, kind }) => words.every(word => `${text} ${kind}`.toLowerCase().includes(word)))
}

/** So many of a kind, the newest first. */
const MaxResults = 5

type Row = readonly [name: string | undefined, page: 'model', kind: string]

/** Resources of SageMaker in a region, by a part of their names; what one may not list is left out. */
export async function findResources(region: string, NameContains: string): Promise<Found[]> {
  const client = sagemaker(region)
  const ask = { NameContains, MaxResults }
  const rows = (kind: string, page: string, names: readonly (string | undefined)[] = []): Row[] =>
    names.map(name => [name, page as 'model', kind] as const)
  const all = await Promise.allSettled([
    client.send(new ListTrainingJobsCommand(ask)).then(({ TrainingJobSummaries = [] }) =>
      rows(
        'Training job',
        'trainingJob',
        TrainingJobSummaries.map(({ TrainingJobName }) => TrainingJobName),
      ),
    ),
    client.send(new ListHyperParameterTuningJobsCommand(ask)).then(({ HyperParameterTuningJobSummaries = [] }) =>
      rows(
        'Hyperparameter tuning job',
        'tuningJob',
        HyperParameterTuningJobSummaries.map(({ HyperParameterTuningJobName }) => HyperParameterTuningJobName),
      ),
    ),
    client.send(new ListEndpointConfigsCommand(ask)).then(({ EndpointConfigs = [] }) =>
      rows(
        'Endpoint configuration',
        'endpointConfig',
        EndpointConfigs.map(({ EndpointConfigName }) => EndpointConfigName),
      ),
    ),
    client.send(new ListModelsCommand(ask)).then(({ Models = [] }) =>
      rows(
        'Model',
        'model',
        Models.map(({ ModelName }) => ModelName),
      ),
    ),
    client.send(new ListEndpointsCommand(ask)).then(({ Endpoints = [] }) =>
      rows(
        'Endpoint',
        'endpoint',
        Endpoints.map(({ EndpointName }) => EndpointName),
      ),
    ),
    client.send(new ListTransformJobsCommand(ask)).then(({ TransformJobSummaries = [] }) =>
      rows(
        'Batch transform job',
        'transformJob',
        TransformJobSummaries.map(({ TransformJobName }) => TransformJobName),
      ),
    ),
    client.send(new ListAlgorithmsCommand(ask)).then(({ AlgorithmSummaryList = [] }) =>
      rows(
        'Algorithm',
        'algorithm',
        AlgorithmSummaryList.map(({ AlgorithmName }) => AlgorithmName),
      ),
    ),
    client.send(new ListModelPackagesCommand(ask)).then(({ ModelPackageSummaryList = [] }) =>
      rows(
        'Model package',
        'modelPackage',
        ModelPackageSummaryList.map(({ ModelPackageName }) => ModelPackageName),
      ),
    ),
  ])
  return all
    .flatMap(answer => (answer.status === 'fulfilled' ? answer.value : []))
    .map(([name = '', page, kind]) => ({ text: name, kind, href: pathTo(page, { name }) }))
}
