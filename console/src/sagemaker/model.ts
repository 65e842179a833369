import {
  DeleteModelCommand,
  DescribeModelCommand,
  DescribeModelPackageCommand,
  type InferenceSpecification,
  ListModelsCommand,
  type ModelSortKey,
  type ModelSummary,
} from '@aws-sdk/client-sagemaker'
import { useQuery } from '@tanstack/react-query'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import type { ListingSource } from '../kit/use-listing.ts'
import { listInput } from './sagemaker-listing.ts'

export const models: ListingSource<ModelSummary> = {
  kind: 'models',
  isInTransition: () => false,
  async fetch(ask) {
    const page = await sagemaker(ask.region).send(new ListModelsCommand(listInput<ModelSortKey>(ask)))
    return { items: page.Models ?? [], nextToken: page.NextToken }
  },
}

export function useModel(name: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['model', region, name],
    queryFn: () => sagemaker(region).send(new DescribeModelCommand({ ModelName: name })),
  })
}

/** The newest models, to choose one. */
export function useModelChoices() {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['models', region, 'choices'],
    queryFn: async () => {
      const ask = new ListModelsCommand({ MaxResults: 100, SortBy: 'CreationTime', SortOrder: 'Descending' })
      return ((await sagemaker(region).send(ask)).Models ?? []).map(({ ModelName = '' }) => ({ value: ModelName }))
    },
  })
}

export const deleteModel = (region: string, name: string) =>
  sagemaker(region).send(new DeleteModelCommand({ ModelName: name }))

/** What the package of a model says of serving it; nothing for a model of an image, and for no model. */
export function useServing(model: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['serving', region, model],
    queryFn: async (): Promise<Partial<InferenceSpecification>> => {
      if (model === '') return {}
      const { PrimaryContainer } = await sagemaker(region).send(new DescribeModelCommand({ ModelName: model }))
      const name = PrimaryContainer?.ModelPackageName
      if (name === undefined) return {}
      const described = await sagemaker(region).send(new DescribeModelPackageCommand({ ModelPackageName: name }))
      return described.InferenceSpecification ?? {}
    },
  })
}
