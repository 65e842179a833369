import {
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  type EndpointSortKey,
  type EndpointStatus,
  type EndpointSummary,
  ListEndpointsCommand,
} from '@aws-sdk/client-sagemaker'
import { useQuery } from '@tanstack/react-query'
import { pollMs } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { isInTransition } from '../kit/status.tsx'
import type { ListingSource } from '../kit/use-listing.ts'
import { listInput } from './sagemaker-listing.ts'

export const endpoints: ListingSource<EndpointSummary> = {
  kind: 'endpoints',
  isInTransition: endpoint => isInTransition(endpoint.EndpointStatus),
  async fetch(ask) {
    const command = new ListEndpointsCommand(listInput<EndpointSortKey, EndpointStatus>(ask))
    const page = await sagemaker(ask.region).send(command)
    return { items: page.Endpoints ?? [], nextToken: page.NextToken }
  },
}

export function useEndpoint(name: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['endpoint', region, name],
    queryFn: () => sagemaker(region).send(new DescribeEndpointCommand({ EndpointName: name })),
    refetchInterval: ({ state }) => pollMs(isInTransition(state.data?.EndpointStatus)),
  })
}

export const deleteEndpoint = (region: string, name: string) =>
  sagemaker(region).send(new DeleteEndpointCommand({ EndpointName: name }))
