import { clock } from '../../ground/clock.ts'
import { ServiceError } from '../../ground/errors.ts'
import { clusterHosts } from './training-cluster.ts'
import type { TrainingJobRow } from './training-job-row.ts'
import { volumeBytes } from './training-volume.ts'

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000]
/** Slower than any bucket that anybody would use. */
const bytesPerSecond = 4 * 2 ** 20

/** How long it may take to save what containers leave: an hour and what their volumes take at 4 MiB a second, a week at most; a day where a volume has no bound. */
export function uploadMs(job: TrainingJobRow): number {
  const bytes = volumeBytes(job)
  if (bytes === undefined) return dayMs
  const hosts = clusterHosts(job.request.ResourceConfig ?? {}).length
  return Math.min(hourMs + (hosts * bytes * 1000) / bytesPerSecond, 7 * dayMs)
}

/** Resolves with what `save` does. Throws a ServiceError, the reason of its signal, when the time is over before: whatever it waits for, its job ends. */
export async function withinUploadTime<Saved>(
  job: TrainingJobRow,
  save: (signal: AbortSignal) => Promise<Saved>,
): Promise<Saved> {
  const ms = uploadMs(job)
  const late = Promise.withResolvers<never>()
  const over = new AbortController()
  using _ = clock.after(ms, () => {
    const words = `What the containers left could not be saved within ${Math.round(ms / minuteMs)} minutes.`
    const error = new ServiceError('ClientError', words)
    over.abort(error)
    late.reject(error)
  })
  return await Promise.race([save(over.signal), late.promise])
}
