import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface TrainingCluster {
  readonly instanceType: string
  /** `algo-1`…`algo-N`, sorted. */
  readonly hosts: readonly string[]
  readonly networkInterface: string
  /** One group of all hosts when absent. */
  readonly groups?: readonly {
    readonly name: string
    readonly instanceType: string
    readonly hosts: readonly string[]
  }[]
}

export interface ChannelConfig {
  readonly name: string
  readonly contentType?: string
  readonly inputMode: string
  readonly distribution: string
  readonly recordWrapper?: string
}

/**
 * Lays out one host's `/opt/ml` for training: `input/config/*.json`, a place for `input/data`, `model`, `output/data`, `checkpoints`. Source: SageMaker Developer Guide, "How Amazon SageMaker Provides Training Information".
 */
export async function layOutTraining(
  directory: string,
  host: string,
  cluster: TrainingCluster,
  hyperParameters: Readonly<Record<string, string>>,
  channels: readonly ChannelConfig[],
  checkpoints?: { readonly uri: string; readonly path: string },
): Promise<void> {
  for (const name of ['input/config', 'input/data', 'model', 'output/data', 'checkpoints'])
    await mkdir(join(directory, name), { recursive: true })
  const config = (name: string, value: unknown) =>
    writeFile(join(directory, 'input/config', name), JSON.stringify(value, undefined, 1))
  await config('hyperparameters.json', hyperParameters)
  await config(
    'inputdataconfig.json',
    Object.fromEntries(channels.map(channel => [channel.name, inputDataConfig(channel)])),
  )
  await config('resourceconfig.json', resourceConfig(host, cluster))
  // Its members are those that SageMaker's debugger reads; a job without checkpoints has no such file.
  if (checkpoints) await config('checkpointconfig.json', { LocalPath: checkpoints.path, S3Uri: checkpoints.uri })
}

const inputDataConfig = ({ contentType, inputMode, distribution, recordWrapper }: ChannelConfig) => ({
  ...(contentType && { ContentType: contentType }),
  TrainingInputMode: inputMode,
  S3DistributionType: distribution,
  RecordWrapperType: recordWrapper ?? 'None',
})

function resourceConfig(host: string, cluster: TrainingCluster) {
  const { instanceType, hosts, networkInterface } = cluster
  const groups = cluster.groups ?? [{ name: 'homogeneousCluster', instanceType, hosts }]
  return {
    current_host: host,
    current_instance_type: instanceType,
    current_group_name: groups.find(group => group.hosts.includes(host))?.name,
    hosts,
    instance_groups: groups.map(group => ({
      instance_group_name: group.name,
      instance_type: group.instanceType,
      hosts: group.hosts,
    })),
    network_interface_name: networkInterface,
  }
}
