import {
  DescribeTransformJobCommand,
  ListTransformJobsCommand,
  type SortBy,
  StopTransformJobCommand,
  type TransformJobStatus,
  type TransformJobSummary,
} from '@aws-sdk/client-sagemaker'
import { useQuery } from '@tanstack/react-query'
import { pollMs, queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { kitTexts } from '../kit/kit-texts.ts'
import { isInTransition } from '../kit/status.tsx'
import type { ListingSource } from '../kit/use-listing.ts'
import { runTask } from '../shell/notices.tsx'
import { listInput } from './sagemaker-listing.ts'

const { stop } = kitTexts

export const transformJobs: ListingSource<TransformJobSummary> = {
  kind: 'transform-jobs',
  isInTransition: job => isInTransition(job.TransformJobStatus),
  async fetch(ask) {
    const command = new ListTransformJobsCommand(listInput<SortBy, TransformJobStatus>(ask))
    const page = await sagemaker(ask.region).send(command)
    return { items: page.TransformJobSummaries ?? [], nextToken: page.NextToken }
  },
}

/** A job as it is now, asked again until it has ended. */
export function useTransformJob(name: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['transform-job', region, name],
    queryFn: () => sagemaker(region).send(new DescribeTransformJobCommand({ TransformJobName: name })),
    refetchInterval: ({ state }) => pollMs(isInTransition(state.data?.TransformJobStatus)),
  })
}

export const stopTransformJob = (region: string, name: string): Promise<boolean> =>
  runTask({
    ...{ doing: stop.doing(name), done: stop.done(name), failed: stop.failed(name) },
    async run() {
      await sagemaker(region).send(new StopTransformJobCommand({ TransformJobName: name }))
      await queryClient.invalidateQueries({ queryKey: ['transform-jobs'] })
      await queryClient.invalidateQueries({ queryKey: ['transform-job', region, name] })
    },
  })
