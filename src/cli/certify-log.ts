import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'

/** Logs of a run: every stream of the group whose name begins so. */
export interface LogPlace {
  readonly group: string
  readonly prefix: string
}

/** Tells the lines that came since it was last called. */
export type LogFollower = () => Promise<void>

export function followLogs(
  logs: CloudWatchLogs,
  places: readonly LogPlace[],
  tell: (line: string) => void,
): LogFollower {
  const tokens = new Map<string, string | undefined>()
  const streams = async ({ group, prefix }: LogPlace) => {
    const found = logs.describeLogStreams({ logGroupName: group, logStreamNamePrefix: prefix })
    // The group is made with the first line.
    return (await found.catch(() => ({ logStreams: [] }))).logStreams ?? []
  }
  const drain = async (logGroupName: string, logStreamName: string) => {
    const key = `${logGroupName}:${logStreamName}`
    for (;;) {
      const nextToken = tokens.get(key)
      const page = await logs.getLogEvents({ logGroupName, logStreamName, startFromHead: true, nextToken })
      for (const { message = '' } of page.events ?? []) tell(message)
      tokens.set(key, page.nextForwardToken)
      if (page.nextForwardToken === nextToken) return
    }
  }
  return async () => {
    for (const place of places)
      for (const { logStreamName } of await streams(place)) await drain(place.group, logStreamName as string)
  }
}
