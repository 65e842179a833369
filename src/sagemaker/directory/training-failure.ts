import type { ContainerState } from '../../driver/driver.ts'
import type { LocalPlatform } from '../../workload/directory-workspace.ts'
import { describeExit, failureReason, lastLines, readFailureFile } from '../../workload/failure-reason.ts'
import { fullVolume } from '../../workload/input-volume.ts'
import { ownDirectory } from '../../workload/own-directory.ts'
import { volumeRoom } from '../../workload/volume.ts'
import { instanceCount } from '../training/training-job.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { trainingStream } from '../training/training-outcome.ts'
import { trainingPlace } from './training-place.ts'

/** Why a container failed: what it wrote to its failure file, how it ended, whether its volume is full, its last words. */
export async function trainingFailure(
  platform: LocalPlatform,
  job: TrainingJobRow,
  failed: ContainerState,
): Promise<string> {
  const { host } = failed.key
  const output = await ownDirectory(trainingPlace(platform, job).host(host), 'output').catch(() => undefined)
  const text = output ? await readFailureFile(output) : ''
  const where = instanceCount(job) > 1 ? `${host}: ` : ''
  const lines = await lastLines(platform.logs, trainingStream(job, host))
  const room = await volumeRoom(trainingPlace(platform, job).volume(host))
  const full = fullVolume(host, job.request.ResourceConfig?.VolumeSizeInGB, room, text + lines)
  const ended = [text, describeExit(failed)].filter(Boolean).join(', ')
  return failureReason(`AlgorithmError: ${where}${ended}`, full, lines)
}
