import {
  DescribeTrainingJobCommand,
  ListTagsCommand,
  ListTrainingJobsCommand,
  type SortBy,
  StopTrainingJobCommand,
  type TrainingJobStatus,
  type TrainingJobSummary,
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

export const trainingJobs: ListingSource<TrainingJobSummary> = {
  kind: 'training-jobs',
  isInTransition: job => isInTransition(job.TrainingJobStatus),
  async fetch(ask) {
    const command = new ListTrainingJobsCommand(listInput<SortBy, TrainingJobStatus>(ask))
    const page = await sagemaker(ask.region).send(command)
    return { items: page.TrainingJobSummaries ?? [], nextToken: page.NextToken }
  },
}

/** A job as it is now, asked again until it has ended. */
export function useTrainingJob(name: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['training-job', region, name],
    queryFn: () => sagemaker(region).send(new DescribeTrainingJobCommand({ TrainingJobName: name })),
    refetchInterval: ({ state }) => pollMs(isInTransition(state.data?.TrainingJobStatus)),
  })
}

export function useTags(arn: string | undefined) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['tags', region, arn],
    enabled: arn !== undefined,
    queryFn: async () => (await sagemaker(region).send(new ListTagsCommand({ ResourceArn: arn }))).Tags ?? [],
  })
}

/** A job may be stopped while it is in progress. */
export const stopRefusal = (status: string | undefined, why: string): string | undefined =>
  status === 'InProgress' ? undefined : why

export const stopTrainingJob = (region: string, name: string): Promise<boolean> =>
  runTask({
    ...{ doing: stop.doing(name), done: stop.done(name), failed: stop.failed(name) },
    async run() {
      await sagemaker(region).send(new StopTrainingJobCommand({ TrainingJobName: name }))
      await queryClient.invalidateQueries({ queryKey: ['training-jobs'] })
      await queryClient.invalidateQueries({ queryKey: ['training-job', region, name] })
    },
  })
