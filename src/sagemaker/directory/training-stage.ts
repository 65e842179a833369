import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDiskFull } from '../../ground/disk-full.ts'
import { ServiceError } from '../../ground/errors.ts'
import { removeTree } from '../../ground/remove-tree.ts'
import type { Objects } from '../../service/objects.ts'
import type { Principal } from '../../service/principal.ts'
import { listSource, type SourceObject, stageObjects } from '../../workload/channel.ts'
import { restoreCheckpoints } from '../../workload/checkpoint.ts'
import { countedFiles, countedInput } from '../../workload/counted-input.ts'
import type { LocalPlatform } from '../../workload/directory-workspace.ts'
import { isFull, roomLeft, volumeFull } from '../../workload/input-volume.ts'
import { type ListRoom, listMemory } from '../../workload/list-memory.ts'
import type { PipeFeeds } from '../../workload/pipe-feed.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { share, shuffled } from '../../workload/shuffle.ts'
import { layOutTraining } from '../../workload/training-files.ts'
import { makeVolume, removeVolumes, volumeRoom } from '../../workload/volume.ts'
import { makeWritableView } from '../../workload/writable-view.ts'
import { checkpointPath } from '../training/checkpoint-config.ts'
import { shardOf, type TrainingChannel, trainingChannels } from '../training/training-channel.ts'
import { type ClusterHost, clusterHosts } from '../training/training-cluster.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { isEncrypted, volumeBytes } from '../training/training-volume.ts'
import { beginFeeds } from './training-feeds.ts'
import { feedId, trainingPlace, volumeOf } from './training-place.ts'

/**
 * Lays out every host's files from scratch: configuration, channels, checkpoints, and pipes with somebody at their other end. Throws
 * ServiceErrors for what the owner can mend, and the signal's reason. `onFailure` hears later when a pipe cannot go on. Returns, in words, what this machine
 * does not enforce.
 */
export async function stageTraining(
  platform: LocalPlatform,
  job: TrainingJobRow,
  role: Principal,
  feeds: PipeFeeds,
  signal: AbortSignal,
  onFailure: () => void,
): Promise<string> {
  const { root } = trainingPlace(platform, job)
  await feeds.end(feedId(job))
  await removeVolumes(root)
  await removeTree(root)
  const problems = await stageHosts(platform, job, role, signal)
  await beginFeeds(platform, job, role, feeds, signal, onFailure)
  return problems
}

async function stageHosts(
  platform: LocalPlatform,
  job: TrainingJobRow,
  role: Principal,
  signal: AbortSignal,
): Promise<string> {
  const hosts = clusterHosts(job.request.ResourceConfig ?? {})
  const files = trainingChannels(job.request).filter(({ mode }) => mode !== 'Pipe')
  const notes = new Set<string>()
  using held = await listMemory.hold(
    job.account,
    room => listChannels(platform.objects, role, job, files, room),
    signal,
  )
  const found = held.list
  for (const host of hosts) {
    const shares = files.flatMap(channel => {
      const shard = shardOf(channel, host, hosts)
      return shard ? [{ channel, objects: share(found.get(channel) ?? [], shard) }] : []
    })
    const problem = await stageHost(platform, job, role, host, shares, signal)
    if (problem) notes.add(`VolumeSizeInGB is not enforced on this machine: ${problem}.`)
  }
  return [...notes].join(' ')
}

async function listChannels(
  objects: Objects,
  role: Principal,
  job: TrainingJobRow,
  channels: readonly TrainingChannel[],
  room: ListRoom,
): Promise<Map<TrainingChannel, SourceObject[]>> {
  const found = new Map<TrainingChannel, SourceObject[]>()
  for (const channel of channels) {
    const listed = await listFiles(objects, role, channel, room)
    found.set(channel, [...countedInput(countedOf(job, channel), listed)])
  }
  return found
}

interface ChannelShare {
  readonly channel: TrainingChannel
  readonly objects: readonly SourceObject[]
}

/** Makes a host's volume and its files; returns why the volume's size does not hold, if it does not. */
async function stageHost(
  platform: LocalPlatform,
  job: TrainingJobRow,
  role: Principal,
  host: ClusterHost,
  shares: readonly ChannelShare[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const place = trainingPlace(platform, job)
  const size = job.request.ResourceConfig?.VolumeSizeInGB
  const inside = isEncrypted(job)
  const written = shares.filter(({ channel }) => inside || channel.mode === 'File').flatMap(({ objects }) => objects)
  const left = roomLeft(host.name, written, size)
  const problem = await makeVolume(volumeOf(platform, job, host.name, inside ? volumeBytes(job) : left))
  try {
    await layOut(platform, job, host)
    for (const { channel, objects } of shares) {
      const directory = join(place.input(host.name), channel.name)
      await mkdir(directory, { recursive: true })
      const made = countedFiles(countedOf(job, channel), platform.objects)
      await stageObjects(made, role, objects, directory, { index: 0, count: 1 }, signal)
    }
    if (!inside && shares.some(({ channel }) => channel.mode === 'File')) {
      const changes = join(place.volume(host.name), 'changes')
      await makeWritableView({ content: place.input(host.name), directory: place.data(host.name), changes })
    }
    await restore(platform.objects, role, job, place.checkpoints(host.name), signal)
  } catch (error) {
    // Input lies on the machine's disk, which may be full as well.
    const full = isDiskFull(error) && isFull(await volumeRoom(place.volume(host.name)))
    throw full ? volumeFull(host.name, size) : error
  }
  return problem
}

/** The one object that a channel of an evaluation has. */
const countedOf = ({ evaluated }: TrainingJobRow, { name }: TrainingChannel) => evaluated?.inputs[name]

/** FastFile takes a prefix for a directory, whether or not it ends with a slash. Source: SageMaker Developer Guide, "Access Training Data". */
async function listFiles(
  objects: Objects,
  role: Principal,
  channel: TrainingChannel,
  room: ListRoom,
): Promise<SourceObject[]> {
  const { source, mode, seed } = channel
  const { key } = parseS3Uri(source.S3Uri)
  const inside = (object: SourceObject) =>
    mode !== 'FastFile' || key === '' || key.endsWith('/') || object.key === key || object.key.startsWith(`${key}/`)
  const found = (await listSource(objects, role, source, room)).filter(inside)
  if (found.length === 0)
    throw new ServiceError(
      'ClientError',
      `No S3 objects found under S3 URL "${source.S3Uri}/"; FastFile mode takes no part of a name for a prefix.`,
    )
  const once = [...new Map(found.map(object => [object.path, object])).values()]
  return seed === undefined ? once : shuffled(once, seed, 0)
}

async function layOut(platform: LocalPlatform, job: TrainingJobRow, host: ClusterHost): Promise<void> {
  const hosts = clusterHosts(job.request.ResourceConfig ?? {})
  const groups = [...new Set(hosts.map(({ group }) => group))].map(name => {
    const members = hosts.filter(({ group }) => group === name)
    return { name, instanceType: members[0]?.instanceType as string, hosts: members.map(member => member.name) }
  })
  const cluster = {
    instanceType: host.instanceType,
    hosts: hosts.map(({ name }) => name).sort(),
    networkInterface: hosts.length > 1 ? 'eth0' : 'lo',
    groups,
  }
  const mine = trainingChannels(job.request).filter(channel => shardOf(channel, host, hosts))
  const configs = mine.map(({ name, mode, contentType, recordIo, source }) => ({
    ...{ name, inputMode: mode, distribution: source.S3DataDistributionType ?? 'FullyReplicated' },
    ...(contentType && { contentType }),
    ...(recordIo && { recordWrapper: 'RecordIO' }),
  }))
  const place = trainingPlace(platform, job)
  await mkdir(place.input(host.name), { recursive: true })
  await mkdir(place.temporary(host.name))
  await chmod(place.temporary(host.name), 0o1777)
  const { CheckpointConfig: checkpoints } = job.request
  const kept = checkpoints && { uri: checkpoints.S3Uri as string, path: checkpointPath(checkpoints) }
  await layOutTraining(place.host(host.name), host.name, cluster, job.hyperParameters, configs, kept)
}

async function restore(
  objects: Objects,
  role: Principal,
  job: TrainingJobRow,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const uri = job.request.CheckpointConfig?.S3Uri
  if (!uri) return
  const { bucket, key } = parseS3Uri(uri)
  await objects.checkWritable(role, bucket, key === '' || key.endsWith('/') ? key : `${key}/`)
  await mkdir(directory, { recursive: true })
  await restoreCheckpoints(objects, role, uri, directory, signal)
}
