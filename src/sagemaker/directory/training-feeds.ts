import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../../ground/remove-tree.ts'
import type { Principal } from '../../service/principal.ts'
import type { LocalPlatform } from '../../workload/directory-workspace.ts'
import { type ListRoom, listMemory } from '../../workload/list-memory.ts'
import type { PipeFeed, PipeFeeds } from '../../workload/pipe-feed.ts'
import { openPipeSource, type PipeSource } from '../../workload/pipe-source.ts'
import { shardOf, type TrainingChannel, trainingChannels } from '../training/training-channel.ts'
import { clusterHosts } from '../training/training-cluster.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { feedId, trainingPlace } from './training-place.ts'

type Sources = ReadonlyMap<TrainingChannel, PipeSource>

/** Puts somebody at the other end of a job's pipes, who holds what he knows of its inputs until `feeds` end. */
export async function beginFeeds(
  platform: LocalPlatform,
  job: TrainingJobRow,
  role: Principal,
  feeds: PipeFeeds,
  signal: AbortSignal,
  onFailure: () => void,
): Promise<void> {
  const channels = trainingChannels(job.request).filter(({ mode }) => mode === 'Pipe')
  if (channels.length === 0) return
  const open = (room: ListRoom) => openSources(platform, job, role, channels, room)
  const held = await listMemory.hold(job.account, open, signal)
  const sources = {
    async [Symbol.asyncDispose]() {
      using _ = held
      await closeAll(held.list)
    },
  }
  await feeds.begin(feedId(job), planFeeds(platform, job, held.list), sources, onFailure)
}

async function openSources(
  platform: LocalPlatform,
  job: TrainingJobRow,
  role: Principal,
  channels: readonly TrainingChannel[],
  room: ListRoom,
): Promise<Sources> {
  const { manifests } = trainingPlace(platform, job)
  await removeTree(manifests)
  await mkdir(manifests, { recursive: true })
  const sources = new Map<TrainingChannel, PipeSource>()
  try {
    for (const channel of channels) {
      const spool = join(manifests, channel.name)
      sources.set(channel, await openPipeSource(platform.objects, role, channel, spool, room))
    }
    return sources
  } catch (error) {
    await closeAll(sources)
    throw error
  }
}

async function closeAll(sources: Sources): Promise<void> {
  for (const source of sources.values()) await source.close()
}

function planFeeds(platform: LocalPlatform, job: TrainingJobRow, sources: Sources): PipeFeed[] {
  const place = trainingPlace(platform, job)
  const hosts = clusterHosts(job.request.ResourceConfig ?? {})
  return [...sources].flatMap(([channel, source]) =>
    hosts.flatMap(host => {
      const shard = shardOf(channel, host, hosts)
      return shard ? [{ channel: channel.name, source, shard, directory: place.input(host.name) }] : []
    }),
  )
}
