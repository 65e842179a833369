import type { Logger } from 'pino'
import type { SecurityLog } from '../audit/security-log.ts'
import type { ProvenDriver } from '../driver/proven-driver.ts'
import { clock } from '../ground/clock.ts'
import { openMaintenance } from '../maintenance.ts'
import type { openPlatform } from '../platform.ts'
import { startWorker, type Worker } from '../reconcile/worker.ts'
import { removeStrayVolumes } from '../sagemaker/stray-volumes.ts'
import { followEngine } from '../sagemaker/workload-events.ts'

export interface WorkingParts {
  readonly parts: Pick<Awaited<ReturnType<typeof openPlatform>>, 'platform' | 'uploads' | 'reconcilers' | 'stopPumps'>
  readonly securityLog: SecurityLog
  readonly driver: ProvenDriver
  readonly log: Logger
}

/** What the one server does that works: claims, sweeps, containers, the pumps of their logs. */
export interface Working extends Pick<Worker, 'wake' | 'look'> {
  /** Ends what is under way; others may go on with it. Containers run on. */
  stop(): Promise<void>
}

/** Where the last proof failed, it is made again so often. */
const proveAgainMs = 20_000

/**
 * Goes on with what whoever worked before has left: containers are adopted by their keys. Resolves with what begins, at once, so that whoever
 * is to wake it knows it before anything else is wished for.
 */
export async function prepareToWork({ parts, securityLog, driver, log }: WorkingParts): Promise<() => Working> {
  const { platform } = parts
  await removeStrayVolumes(platform)
  const maintenance = openMaintenance(platform, parts.uploads, securityLog)
  const reconcilers = { ...parts.reconcilers, ...maintenance.reconcilers }
  await maintenance.begin()
  return () => begin(startWorker({ store: platform.store, reconcilers, log }), { parts, driver, log })
}

function begin(worker: Worker, { parts, driver, log }: Omit<WorkingParts, 'securityLog'>): Working {
  const { platform } = parts
  const following = new AbortController()
  const followed = followEngine(platform, following.signal)
  driver.proof().catch(error => log.error({ err: error }, 'no job can run yet: the container engine cannot be used'))
  // Nobody may ask for a container for long, and `/healthz` would go on about what is mended.
  const proving = clock.every(proveAgainMs, () => {
    if (driver.problem() !== undefined) driver.proof().catch(() => {})
  })
  let stopping: Promise<void> | undefined
  async function stop(): Promise<void> {
    proving[Symbol.dispose]()
    following.abort()
    await followed
    // Together: a reconciler may wait for a log to be drained.
    await Promise.all([worker.stop(), parts.stopPumps()])
  }
  return {
    wake: worker.wake,
    look: worker.look,
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}
