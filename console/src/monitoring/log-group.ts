import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  type LogGroup,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { useQuery } from '@tanstack/react-query'
import { clientOf, clientOptions } from '../api/clients.ts'
import { logs } from '../api/logs.ts'
import { pollMs } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import type { ListingSource } from '../kit/use-listing.ts'

/** Found by any part of their names. */
export const logGroups: ListingSource<LogGroup> = {
  kind: 'log-groups',
  isInTransition: () => false,
  async fetch({ region, MaxResults, NextToken, NameContains }) {
    const ask = { limit: Math.min(MaxResults, 50), nextToken: NextToken, logGroupNamePattern: NameContains }
    const page = await logs(region).send(new DescribeLogGroupsCommand(ask))
    return { items: page.logGroups ?? [], nextToken: page.nextToken }
  },
}

export function useLogGroup(name: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['log-group', region, name],
    queryFn: async () => {
      const { logGroups: found = [] } = await logs(region).send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: name }),
      )
      const group = found.find(({ logGroupName }) => logGroupName === name)
      // As the service says it of streams.
      if (!group)
        throw Object.assign(new Error(`The log group ${name} does not exist.`), { name: 'ResourceNotFoundException' })
      return group
    },
  })
}

/** The newest streams of a group. */
export function useStreams(logGroupName: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['log-streams', region, logGroupName],
    refetchInterval: pollMs(false),
    queryFn: async () => {
      const ask = { logGroupName, orderBy: 'LastEventTime' as const, descending: true, limit: 50 }
      return (await logs(region).send(new DescribeLogStreamsCommand(ask))).logStreams ?? []
    },
  })
}

export const createLogGroup = (region: string, logGroupName: string) =>
  logs(region).send(new CreateLogGroupCommand({ logGroupName }))
export const deleteLogGroup = (region: string, logGroupName: string) =>
  logs(region).send(new DeleteLogGroupCommand({ logGroupName }))

/** Days, or for ever. */
export const setRetention = (region: string, logGroupName: string, retentionInDays: number | undefined) =>
  retentionInDays === undefined
    ? logs(region).send(new DeleteRetentionPolicyCommand({ logGroupName }))
    : logs(region).send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }))

/** The days that PutRetentionPolicy takes. */
export const retentions = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
]

/** Live Tail without its own host name, which would be another origin. */
export const tailingLogs = clientOf(
  region => new CloudWatchLogsClient({ ...clientOptions(region), disableHostPrefix: true }),
)
