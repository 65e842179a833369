import type { ContainerKey, ContainerState } from '../driver/driver.ts'
import { clock } from '../ground/clock.ts'
import type { Platform } from '../service/context.ts'
import type { LogStreamName } from '../service/logs.ts'
import type { LogPumps } from '../workload/log-pump.ts'

const graceSeconds = 30

/**
 * Ends what is left of a workload in order: SIGTERM, up to 30 s of grace, the rest of its output into the logs, then containers,
 * networks, volumes and files are removed, and the credentials of its containers end. Says when to look again while containers still end. `onEnd` hears when the last of them has
 * ended, before anything else is waited for.
 */
export async function removeWorkload(
  platform: Platform,
  pumps: LogPumps,
  arn: string,
  streamOf: ((key: ContainerKey) => LogStreamName) | undefined,
  onEnd?: (at: Date) => Promise<void>,
): Promise<{ after: number } | undefined> {
  const { driver } = platform
  const containers = await driver.list(arn)
  const running = containers.filter(({ status }) => status === 'running')
  for (const { key } of running) await driver.stop(key, graceSeconds)
  if (running.length > 0) return { after: 2000 }
  await onEnd?.(endOfContainers(containers))
  // One that has never started has printed nothing, and never ends.
  for (const { key } of containers.filter(({ status }) => status === 'exited')) {
    if (streamOf) pumps.follow(key, streamOf(key))
    await pumps.drained(key)
  }
  await driver.remove(arn)
  await platform.iam.endWorkloadSessions(arn)
  await platform.workspace.remove(arn)
}

/** When the last of them has ended, by the engine's word; now, when it does not tell or one still runs. */
export function endOfContainers(containers: readonly ContainerState[]): Date {
  const ends = containers.map(({ finishedAt }) => finishedAt?.getTime() ?? clock.now())
  return new Date(ends.length > 0 ? Math.max(...ends) : clock.now())
}
