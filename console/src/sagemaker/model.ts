import {
  DeleteModelCommand,
  DescribeModelCommand,
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
