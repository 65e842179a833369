import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Platform } from '../service/context.ts'
import { ServiceError } from '../service/errors.ts'
import type { Objects } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import { workloadDirectory } from '../store/data-directory.ts'
import { listSource, type SourceObject, stageObjects } from '../workload/channel.ts'
import { restoreCheckpoints } from '../workload/checkpoint.ts'
import { requireRoom } from '../workload/input-volume.ts'
import type { PipeFeed, PipeFeeds } from '../workload/pipe-feed.ts'
import { openPipeSource } from '../workload/pipe-source.ts'
import { parseS3Uri } from '../workload/s3-uri.ts'
import { share, shuffled } from '../workload/shuffle.ts'
import { layOutTraining } from '../workload/training-files.ts'
import { shardOf, type TrainingChannel, trainingChannels } from './training-channel.ts'
import { type ClusterHost, clusterHosts } from './training-cluster.ts'
import type { TrainingJobRow } from './training-job.ts'

/** Files of a job's present attempt: `HOST` is a host's /opt/ml, beside it what the container must not replace. */
export function trainingPlace({ workDirectory }: Platform, { arn, attempt }: TrainingJobRow) {
  const root = join(workloadDirectory(workDirectory, arn), String(attempt))
  return {
    root,
    manifests: join(root, 'manifests'),
    host: (name: string) => join(root, name),
    checkpoints: (name: string) => join(root, `checkpoints-${name}`),
  }
}

export const feedId = ({ arn, attempt }: TrainingJobRow): string => `${arn} ${attempt}`

/**
 * Lays out every host's files from scratch: configuration, channels, checkpoints, and pipes with somebody at their other end. Throws
 * ServiceErrors for what the owner can mend. `onFailure` hears later when a pipe cannot go on.
 */
export async function stageTraining(
  platform: Platform,
  job: TrainingJobRow,
  role: Principal,
  feeds: PipeFeeds,
  onFailure: () => void,
): Promise<void> {
  const place = trainingPlace(platform, job)
  const hosts = clusterHosts(job.request.ResourceConfig ?? {})
  const channels = trainingChannels(job.request)
  await feeds.end(feedId(job))
  await rm(place.root, { recursive: true, force: true })
  const files = channels.filter(({ mode }) => mode !== 'Pipe')
  const found = new Map<TrainingChannel, SourceObject[]>()
  for (const channel of files) found.set(channel, await listFiles(platform.objects, role, channel))
  for (const host of hosts) {
    const shares = files.flatMap(channel => {
      const shard = shardOf(channel, host, hosts)
      return shard ? [{ channel, objects: share(found.get(channel) ?? [], shard) }] : []
    })
    const downloaded = shares.filter(({ channel }) => channel.mode === 'File').flatMap(({ objects }) => objects)
    requireRoom(host.name, downloaded, job.request.ResourceConfig?.VolumeSizeInGB)
    await layOut(place.host(host.name), job, host, hosts, channels)
    for (const { channel, objects } of shares) {
      const directory = join(place.host(host.name), 'input/data', channel.name)
      await stageObjects(platform.objects, role, objects, directory, { index: 0, count: 1 })
    }
    await restore(platform.objects, role, job, place.checkpoints(host.name))
  }
  await beginFeeds(platform, job, role, feeds, onFailure)
}

/** FastFile takes a prefix for a directory, whether or not it ends with a slash. Source: SageMaker Developer Guide, "Access Training Data". */
async function listFiles(objects: Objects, role: Principal, channel: TrainingChannel): Promise<SourceObject[]> {
  const { source, mode, seed } = channel
  const { key } = parseS3Uri(source.S3Uri)
  const inside = (object: SourceObject) =>
    mode !== 'FastFile' || key === '' || key.endsWith('/') || object.key === key || object.key.startsWith(`${key}/`)
  const found = (await listSource(objects, role, source)).filter(inside)
  if (found.length === 0)
    throw new ServiceError(
      'ClientError',
      `No S3 objects found under S3 URL "${source.S3Uri}/"; FastFile mode takes no part of a name for a prefix.`,
    )
  const once = [...new Map(found.map(object => [object.path, object])).values()]
  return seed === undefined ? once : shuffled(once, seed, 0)
}

function layOut(
  directory: string,
  job: TrainingJobRow,
  host: ClusterHost,
  hosts: readonly ClusterHost[],
  channels: readonly TrainingChannel[],
): Promise<void> {
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
  const mine = channels.filter(channel => shardOf(channel, host, hosts))
  const configs = mine.map(({ name, mode, contentType, recordIo, source }) => ({
    ...{ name, inputMode: mode, distribution: source.S3DataDistributionType ?? 'FullyReplicated' },
    ...(contentType && { contentType }),
    ...(recordIo && { recordWrapper: 'RecordIO' }),
  }))
  return layOutTraining(directory, host.name, cluster, job.hyperParameters, configs)
}

async function restore(objects: Objects, role: Principal, job: TrainingJobRow, directory: string): Promise<void> {
  const uri = job.request.CheckpointConfig?.S3Uri
  if (!uri) return
  const { bucket, key } = parseS3Uri(uri)
  await objects.checkWritable(role, bucket, key === '' || key.endsWith('/') ? key : `${key}/`)
  await mkdir(directory, { recursive: true })
  await restoreCheckpoints(objects, role, uri, directory)
}

async function beginFeeds(
  platform: Platform,
  job: TrainingJobRow,
  role: Principal,
  feeds: PipeFeeds,
  onFailure: () => void,
): Promise<void> {
  const place = trainingPlace(platform, job)
  const hosts = clusterHosts(job.request.ResourceConfig ?? {})
  const planned: PipeFeed[] = []
  for (const channel of trainingChannels(job.request)) {
    if (channel.mode !== 'Pipe') continue
    await mkdir(place.manifests, { recursive: true })
    const source = await openPipeSource(platform.objects, role, channel, join(place.manifests, channel.name))
    for (const host of hosts) {
      const shard = shardOf(channel, host, hosts)
      const directory = join(place.host(host.name), 'input/data')
      if (shard) planned.push({ channel: channel.name, source, shard, directory })
    }
  }
  if (planned.length > 0) await feeds.begin(feedId(job), planned, onFailure)
}
