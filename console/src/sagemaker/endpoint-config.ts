import {
  DeleteEndpointConfigCommand,
  DescribeEndpointConfigCommand,
  type EndpointConfigSortKey,
  type EndpointConfigSummary,
  ListEndpointConfigsCommand,
} from '@aws-sdk/client-sagemaker'
import { useQuery } from '@tanstack/react-query'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import type { ListingSource } from '../kit/use-listing.ts'
import { listInput } from './sagemaker-listing.ts'

export const endpointConfigs: ListingSource<EndpointConfigSummary> = {
  kind: 'endpoint-configs',
  isInTransition: () => false,
  async fetch(ask) {
    const command = new ListEndpointConfigsCommand(listInput<EndpointConfigSortKey>(ask))
    const page = await sagemaker(ask.region).send(command)
    return { items: page.EndpointConfigs ?? [], nextToken: page.NextToken }
  },
}

export function useEndpointConfig(name: string | undefined) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['endpoint-config', region, name],
    enabled: name !== undefined,
    queryFn: () => sagemaker(region).send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })),
  })
}

/** The newest configurations, to choose one. */
export function useEndpointConfigChoices() {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['endpoint-configs', region, 'choices'],
    queryFn: async () => {
      const ask = new ListEndpointConfigsCommand({ MaxResults: 100, SortBy: 'CreationTime', SortOrder: 'Descending' })
      const { EndpointConfigs = [] } = await sagemaker(region).send(ask)
      return EndpointConfigs.map(({ EndpointConfigName = '' }) => ({ value: EndpointConfigName }))
    },
  })
}

export const deleteEndpointConfig = (region: string, name: string) =>
  sagemaker(region).send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }))
