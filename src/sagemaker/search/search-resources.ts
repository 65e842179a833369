import type { SearchRecord } from '@aws-sdk/client-sagemaker'
import type { Resource, Resources } from '../../store/resources.ts'
import { modelPackages } from '../product/model-package.ts'
import { modelPackageGroups, modelPackageGroupView } from '../product/model-package-group.ts'
import { modelPackageView } from '../product/model-package-view.ts'
import { type EndpointRow, endpoints } from '../serving/endpoint.ts'
import { endpointView } from '../serving/endpoint-view.ts'
import { trainingJobs } from '../training/training-job.ts'
import { trainingJobView } from '../training/training-job-view.ts'
import { tuningJobs } from '../tuning/tuning-job.ts'
import { tuningJobSearchView } from '../tuning/tuning-job-view.ts'

/** A kind of resource that Search finds, and how it is shown. */
export interface Searchable {
  /** The member of SearchRecord. */
  readonly member: keyof SearchRecord
  /** The shape of that member in the model: its properties are what can be searched by. */
  readonly shape: string
  readonly kind: Resources<Resource>
  readonly view: (row: Resource) => object
  /** Properties that columns hold, which a page can be read by. */
  readonly columns: Readonly<Record<string, 'name' | 'created' | 'modified'>>
}

function searchable<Row extends Resource>(
  member: keyof SearchRecord,
  shape: string,
  kind: Resources<Row>,
  view: (row: Row) => object,
  columns: Searchable['columns'],
): Searchable {
  return {
    member,
    shape,
    kind: kind as unknown as Resources<Resource>,
    view: view as (row: Resource) => object,
    columns: { CreationTime: 'created', ...columns },
  }
}

const modified = { LastModifiedTime: 'modified' } as const

/** What a search tells of an endpoint is less than DescribeEndpoint does. Source: SageMaker API Reference, Endpoint. */
function endpointRecord(row: EndpointRow) {
  const { PendingDeploymentSummary: _, AsyncInferenceConfig: __, ...record } = endpointView(row)
  return record
}

/** By `Resource` of Search; the others are refused. */
export const searchables: Readonly<Record<string, Searchable>> = {
  TrainingJob: searchable('TrainingJob', 'TrainingJob', trainingJobs, trainingJobView, {
    ...modified,
    TrainingJobName: 'name',
  }),
  Endpoint: searchable('Endpoint', 'Endpoint', endpoints, endpointRecord, { ...modified, EndpointName: 'name' }),
  ModelPackage: searchable('ModelPackage', 'ModelPackage', modelPackages, modelPackageView, modified),
  ModelPackageGroup: searchable('ModelPackageGroup', 'ModelPackageGroup', modelPackageGroups, modelPackageGroupView, {
    ModelPackageGroupName: 'name',
  }),
  HyperParameterTuningJob: searchable(
    'HyperParameterTuningJob',
    'HyperParameterTuningJobSearchEntity',
    tuningJobs,
    tuningJobSearchView,
    { ...modified, HyperParameterTuningJobName: 'name' },
  ),
}
