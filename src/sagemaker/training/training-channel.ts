import type { Channel } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { S3Source } from '../../workload/channel.ts'
import type { PipeChannel } from '../../workload/pipe-source.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { type ClusterHost, instanceGroups } from './training-cluster.ts'
import type { TrainingRequest } from './training-job-row.ts'

type Mode = 'File' | 'FastFile' | 'Pipe'

/** A channel with what the job as a whole says filled in. */
export interface TrainingChannel extends PipeChannel {
  readonly name: string
  readonly mode: Mode
  readonly contentType?: string
  /** Names of the instance groups that get it; all when absent. */
  readonly groups?: readonly string[]
}

/** Source: SageMaker API reference, Channel: its InputMode overrides the job's. */
export const trainingChannels = (request: Pick<TrainingRequest, 'InputDataConfig' | 'AlgorithmSpecification'>) =>
  (request.InputDataConfig ?? []).map(channel =>
    trainingChannel(channel, request.AlgorithmSpecification?.TrainingInputMode),
  )

function trainingChannel(channel: Channel, jobMode: Mode = 'File'): TrainingChannel {
  const source = channel.DataSource?.S3DataSource
  return {
    name: channel.ChannelName as string,
    mode: channel.InputMode ?? jobMode,
    source: source as S3Source,
    attributes: source?.AttributeNames ?? [],
    gzip: channel.CompressionType === 'Gzip',
    recordIo: channel.RecordWrapperType === 'RecordIO',
    ...(channel.ShuffleConfig && { seed: channel.ShuffleConfig.Seed as number }),
    ...(channel.ContentType && { contentType: channel.ContentType }),
    ...(source?.InstanceGroupNames?.length && { groups: source.InstanceGroupNames }),
  }
}

/** This host's share of a channel; undefined when the channel is not for its instance group. */
export function shardOf(
  { source, groups }: TrainingChannel,
  host: ClusterHost,
  hosts: readonly ClusterHost[],
): { index: number; count: number } | undefined {
  const readers = hosts.filter(({ group }) => !groups || groups.includes(group))
  const index = readers.findIndex(({ name }) => name === host.name)
  if (index < 0) return undefined
  return source.S3DataDistributionType === 'ShardedByS3Key' ? { index, count: readers.length } : { index: 0, count: 1 }
}

/** Throws ValidationException for channels that contradict each other, the mode they are read in, or the cluster. */
export function checkTrainingChannels(
  request: Pick<TrainingRequest, 'InputDataConfig' | 'AlgorithmSpecification' | 'ResourceConfig'>,
): void {
  for (const { ChannelName, DataSource } of request.InputDataConfig ?? [])
    if (!DataSource?.S3DataSource?.S3Uri)
      throw new ValidationException(`Channel "${ChannelName}" must have an S3DataSource.`)
  const channels = trainingChannels(request)
  const groups = instanceGroups(request.ResourceConfig ?? {}).map(({ name }) => name)
  checkNames(channels)
  for (const channel of channels) {
    parseS3Uri(channel.source.S3Uri)
    const problem = problemOf(channel) ?? groupProblem(channel, groups)
    if (problem) throw new ValidationException(`Channel "${channel.name}" ${problem}.`)
  }
}

/** The pipe of epoch 0 stands beside the channels' directories. */
function checkNames(channels: readonly TrainingChannel[]): void {
  const names = channels.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) throw new ValidationException(`InputDataConfig holds the channel "${twice}" more than once.`)
  for (const { name, mode } of channels) {
    const taken =
      mode === 'Pipe' && names.find(other => other.startsWith(`${name}_`) && /^\d+$/.test(other.slice(name.length + 1)))
    if (taken)
      throw new ValidationException(
        `The channel "${taken}" has the name of a pipe of the channel "${name}" in Pipe mode.`,
      )
  }
}

/** What is wrong with a channel by itself. Source: SageMaker API reference, Channel and S3DataSource. */
function problemOf({ name, mode, source, attributes, gzip, recordIo }: TrainingChannel): string | undefined {
  if (/^\.+$/.test(name)) return 'has a name that is no name of a directory'
  const augmented = source.S3DataType === 'AugmentedManifestFile'
  if (augmented && mode !== 'Pipe') return `reads an AugmentedManifestFile, which needs InputMode Pipe, not ${mode}`
  if (augmented && attributes.length === 0) return 'reads an AugmentedManifestFile, which needs AttributeNames'
  if (augmented && gzip)
    return 'reads an AugmentedManifestFile, whose objects are not decompressed: CompressionType must be None'
  if (!augmented && attributes.length > 0) return 'has AttributeNames, which are for an AugmentedManifestFile alone'
  if (mode === 'FastFile' && source.S3DataType !== 'S3Prefix')
    return `reads a ${source.S3DataType}; FastFile mode reads an S3Prefix alone`
  if (mode !== 'Pipe' && gzip)
    return `has CompressionType Gzip, which is for Pipe mode alone; in ${mode} mode leave it out`
  if (mode !== 'Pipe' && recordIo)
    return `has RecordWrapperType RecordIO, which is for Pipe mode alone; in ${mode} mode leave it out`
  return undefined
}

function groupProblem({ groups = [] }: TrainingChannel, known: readonly string[]): string | undefined {
  const unknown = groups.find(name => !known.includes(name))
  return unknown && `names the instance group "${unknown}", which ResourceConfig does not have`
}
