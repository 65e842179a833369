import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'

/** Tells the lines that came since it was last called, of every stream of the validation's jobs whose name begins so. */
export type LogFollower = () => Promise<void>

const groups = ['/aws/sagemaker/TrainingJobs', '/aws/sagemaker/TransformJobs']

export function followLogs(logs: CloudWatchLogs, jobPrefix: string, tell: (line: string) => void): LogFollower {
  const tokens = new Map<string, string | undefined>()
  const streams = async (logGroupName: string) => {
    const found = logs.describeLogStreams({ logGroupName, logStreamNamePrefix: jobPrefix })
    // The group is made with the first line.
    return (await found.catch(() => ({ logStreams: [] }))).logStreams ?? []
  }
  const drain = async (logGroupName: string, logStreamName: string) => {
    for (;;) {
      const nextToken = tokens.get(logStreamName)
      const page = await logs.getLogEvents({ logGroupName, logStreamName, startFromHead: true, nextToken })
      for (const { message } of page.events ?? []) tell(`  | ${message}`)
      tokens.set(logStreamName, page.nextForwardToken)
      if (page.nextForwardToken === nextToken) return
    }
  }
  return async () => {
    for (const group of groups)
      for (const { logStreamName } of await streams(group)) await drain(group, logStreamName as string)
  }
}
