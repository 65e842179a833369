import type { ContainerKey } from '../driver/driver.ts'
import type { Platform } from '../service/context.ts'
import type { LogStreamName } from '../service/logs.ts'
import type { LogPumps } from '../workload/log-pump.ts'

const graceSeconds = 30

/**
 * Ends what is left of a workload in order: SIGTERM, up to 30 s of grace, the rest of its output into the logs, then containers,
 * networks, volumes and files are removed. Says when to look again while containers still end.
 */
export async function removeWorkload(
  platform: Platform,
  pumps: LogPumps,
  arn: string,
  streamOf: ((key: ContainerKey) => LogStreamName) | undefined,
): Promise<{ after: number } | undefined> {
  const { driver } = platform
  const containers = await driver.list(arn)
  const running = containers.filter(({ status }) => status === 'running')
  for (const { key } of running) await driver.stop(key, graceSeconds)
  if (running.length > 0) return { after: 2000 }
  // One that has never started has printed nothing, and never ends.
  for (const { key } of containers.filter(({ status }) => status === 'exited')) {
    if (streamOf) pumps.follow(key, streamOf(key))
    await pumps.drained(key)
  }
  await driver.remove(arn)
  await platform.workspace.remove(arn)
}
