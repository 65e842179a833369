import {
  type AlgorithmSummary,
  DeleteAlgorithmCommand,
  DeleteModelPackageCommand,
  DescribeModelPackageCommand,
  ListAlgorithmsCommand,
  ListModelPackagesCommand,
  ListTrainingJobsCommand,
  ListTransformJobsCommand,
  type ModelPackageSummary,
  type TrainingJobSummary,
  type TransformJobSummary,
} from '@aws-sdk/client-sagemaker'
import { useQuery } from '@tanstack/react-query'
import { pollMs } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { isBeingMade } from '../kit/status.tsx'
import type { ListingSource } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { listInput } from '../sagemaker/sagemaker-listing.ts'
import { sellerTexts } from './seller-texts.ts'

export const algorithms: ListingSource<AlgorithmSummary> = {
  kind: 'algorithms',
  isInTransition: ({ AlgorithmStatus }) => isBeingMade(AlgorithmStatus),
  async fetch(ask) {
    const page = await sagemaker(ask.region).send(new ListAlgorithmsCommand(listInput<'Name'>(ask)))
    return { items: page.AlgorithmSummaryList ?? [], nextToken: page.NextToken }
  },
}

/** Packages that stand by themselves, as the marketplace takes them; versions in groups are the registry's. */
export const modelPackages: ListingSource<ModelPackageSummary> = {
  kind: 'model-packages',
  isInTransition: ({ ModelPackageStatus }) => isBeingMade(ModelPackageStatus),
  async fetch(ask) {
    const input = { ...listInput<'Name'>(ask), ModelPackageType: 'Unversioned' as const }
    const page = await sagemaker(ask.region).send(new ListModelPackagesCommand(input))
    return { items: page.ModelPackageSummaryList ?? [], nextToken: page.NextToken }
  },
}

/** The account's own model packages that are complete, the newest first. */
export function useOwnPackages() {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['model-packages', region, 'choices'],
    queryFn: async () => {
      const { ModelPackageSummaryList = [] } = await sagemaker(region).send(
        new ListModelPackagesCommand({
          ...{ ModelPackageType: 'Unversioned', MaxResults: 100, SortBy: 'CreationTime', SortOrder: 'Descending' },
        }),
      )
      return ModelPackageSummaryList.filter(({ ModelPackageStatus }) => ModelPackageStatus === 'Completed')
    },
  })
}

/** A model package by its name, or by the ARN of a subscription; nothing is asked of an empty one. */
export function useModelPackage(name: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['model-package', region, name],
    queryFn: () => sagemaker(region).send(new DescribeModelPackageCommand({ ModelPackageName: name })),
    enabled: name !== '',
    refetchInterval: ({ state }) => pollMs(isBeingMade(state.data?.ModelPackageStatus)),
  })
}

export const deleteAlgorithm = (region: string, name: string) =>
  sagemaker(region).send(new DeleteAlgorithmCommand({ AlgorithmName: name }))

export const deleteModelPackage = (region: string, name: string) =>
  sagemaker(region).send(new DeleteModelPackageCommand({ ModelPackageName: name }))

/** To the form of a model of a package, and from there on. */
export const toModel = (modelPackage: string, then: string): void =>
  navigate(`${pathTo('createModel')}?package=${encodeURIComponent(modelPackage)}${then}`)

/** To the form that lists a resource. */
export const toListing = (arn: string): void => navigate(`${pathTo('createProduct')}?arn=${encodeURIComponent(arn)}`)

export const listingRefusal = (status: string | undefined, isCertified: boolean | undefined): string | undefined =>
  status === 'Completed' && isCertified ? undefined : sellerTexts.details.notListable

/** A job that a certification has run in the owner's account. */
export interface ValidationJob {
  readonly name: string
  readonly href: string
  readonly started: Date | undefined
  readonly ended: Date | undefined
}

/** How certification names its jobs begins so; longer names of resources are cut. */
const prefix = (name: string, kind: string): string => `${name.slice(0, 40)}${name.length > 40 ? '' : `-${kind}-`}`

/** The validation jobs of a resource by the end of their step's name, the newest of each: `TrainingJob`, `TransformJob`. */
export function useValidationJobs(name: string, made: Date | undefined, isMaking: boolean, progress: string) {
  const [region] = useRegion()
  return useQuery({
    // A step that has gone on may have made another job.
    queryKey: ['validation-jobs', region, name, made?.getTime(), progress],
    placeholderData: before => before,
    enabled: made !== undefined,
    refetchInterval: pollMs(isMaking),
    queryFn: async () => {
      const newest = {
        MaxResults: 1,
        SortBy: 'CreationTime',
        SortOrder: 'Descending',
        CreationTimeAfter: made,
      } as const
      const [trainings, transforms] = await Promise.all([
        sagemaker(region).send(new ListTrainingJobsCommand({ ...newest, NameContains: prefix(name, 'training') })),
        sagemaker(region).send(new ListTransformJobsCommand({ ...newest, NameContains: prefix(name, 'transform') })),
      ])
      return {
        TrainingJob: trainings.TrainingJobSummaries?.map(trainingJob)[0],
        TransformJob: transforms.TransformJobSummaries?.map(transformJob)[0],
      }
    },
  })
}

const trainingJob = ({
  TrainingJobName: name = '',
  CreationTime,
  TrainingEndTime,
}: TrainingJobSummary): ValidationJob => ({
  ...{ name, href: pathTo('trainingJob', { name }), started: CreationTime, ended: TrainingEndTime },
})

const transformJob = ({
  TransformJobName: name = '',
  CreationTime,
  TransformEndTime,
}: TransformJobSummary): ValidationJob => ({
  ...{ name, href: pathTo('transformJob', { name }), started: CreationTime, ended: TransformEndTime },
})
