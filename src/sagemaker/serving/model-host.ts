import { hash } from 'node:crypto'
import type { ContainerKey, ContainerState } from '../../driver/driver.ts'
import { clock } from '../../ground/clock.ts'
import { ServiceError } from '../../ground/errors.ts'
import { createTargetModels, type TargetModelParts, type TargetModels } from '../../runtime/target-models.ts'
import type { Platform } from '../../service/context.ts'
import type { LogStreamName } from '../../service/logs.ts'
import type { Principal } from '../../service/principal.ts'
import { listSource, stageObjects } from '../../workload/channel.ts'
import { describeExit, failureReason, lastLines } from '../../workload/failure-reason.ts'
import { waitUntilHealthy } from '../../workload/health-check.ts'
import { modelListMemory } from '../../workload/list-memory.ts'
import type { LogPumps } from '../../workload/log-pump.ts'
import { createModelApi } from '../../workload/model-api.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { limitsFor } from '../capacity/instance-type.ts'
import { doorEnvironment, doorOf } from '../container-access.ts'
import { engineImage } from '../engine-image.ts'
import { requireArtifact } from '../product/product-artifact.ts'
import { accountOf } from '../service-context.ts'
import type { ModelContainer } from './model-container.ts'
import { limitsWithVolume, type ModelVolume } from './model-volume.ts'
import type { ModelArtifact, ModelFiles, ModelWorkspace } from './model-workspace.ts'

/** One instance that serves a model: a container each for the model's containers, side by side. */
export interface HostSpec {
  /** The endpoint or transform job that it belongs to. */
  readonly arn: string
  readonly attempt: number
  /** Unique within the workload: `algo-1`, `variant-1`. */
  readonly host: string
  readonly containers: readonly ModelContainer[]
  readonly executionRole: string
  /** Whether the model's owner wants its containers to reach nothing; so do rows that do not tell. */
  readonly isolated: boolean | undefined
  readonly instanceType: string
  readonly environment: Readonly<Record<string, string>>
  readonly stream: LogStreamName
  readonly startupTimeoutSeconds: number
  /** As of a container: what serves a job gives way to what answers somebody. */
  readonly givesWay?: boolean
  /** Of the instance type's memory; all when absent. */
  readonly memoryPart?: number
  /** A part of the instance that its containers are kept within; all of it when absent. */
  readonly within?: { readonly cpus?: number; readonly memoryBytes: number; readonly gpus: number }
  /** For what the containers write to /tmp; in the container itself when absent. */
  readonly volume?: ModelVolume
}

/** The platform has lost a container that ran: nobody's fault, and worth another attempt. */
export class HostLost extends Error {
  override readonly name = 'HostLost'
}

/** A container that does not serve; `container` is `primary` for the first of a pipeline. */
export class Unhealthy extends ServiceError {
  readonly container: string

  constructor(container: string, message: string) {
    super('AlgorithmError', message)
    this.container = container
  }
}

export interface ModelHosts {
  /** Starts what does not run yet. Throws ServiceErrors for what the owner can mend, HostLost for what ran and was lost. */
  start(spec: HostSpec): Promise<void>
  /** Waits until every container answers `/ping`; returns their addresses, in the model's order, or throws a ServiceError or HostLost that says why not. */
  healthy(spec: HostSpec, signal: AbortSignal): Promise<string[]>
  /** Removes the containers and files of one attempt; the workload goes on. */
  removeAttempt(arn: string, attempt: number): Promise<void>
  /** Writes into the log of each container that has ended how it did, once: nobody else would tell its owner. */
  tellEnds(spec: HostSpec): Promise<void>
  /** The models of an instance of a multi-model endpoint, whose container is at this address; undefined for any other. */
  targetModels(spec: HostSpec, address: string, report: TargetModelParts['report']): TargetModels | undefined
  /** The containers' states, in the model's order; undefined for one that the engine does not have. */
  observe(spec: HostSpec): Promise<(ContainerState | undefined)[]>
}

const keyOf = ({ arn, attempt, host }: HostSpec, index: number): ContainerKey => ({
  arn,
  attempt,
  host: index === 0 ? host : `${host}-container-${index + 1}`,
})

export function createModelHosts(platform: Platform, pumps: LogPumps, workspace: ModelWorkspace): ModelHosts {
  const { driver } = platform

  async function start(spec: HostSpec): Promise<void> {
    const role = await platform.iam.assumeForService(
      spec.executionRole,
      'sagemaker.amazonaws.com',
      'SageMaker',
      spec.arn,
    )
    const engine = await driver.info()
    const limits = capacity(spec, engine)
    const door = doorOf({ ...spec, products: spec.containers.map(({ productArn }) => productArn) })
    if (spec.volume && !(await driver.observe(keyOf(spec, 0))))
      await workspace.makeVolume(spec, spec.containers.length, limits)
    for (const [index, container] of spec.containers.entries()) {
      const key = keyOf(spec, index)
      const image = await engineImage(platform, container.imageDigest)
      const artifact = container.models ? 'several' : artifactOf(spec, container, role)
      const mounts = await workspace.stage(spec, index, artifact)
      const state = await driver.start({
        key,
        instance: spec.host,
        image,
        command: ['serve'],
        ...(door !== undefined && { door }),
        environment: {
          ...(door !== undefined && doorEnvironment(spec.stream.region)),
          ...container.environment,
          ...spec.environment,
          ...(container.models && { SAGEMAKER_MULTI_MODEL: 'true' }),
          AWS_REGION: spec.stream.region,
        },
        mounts,
        // Of its own: nobody but the platform asks a container, or a product would be used past its meter.
        network: { kind: 'internal', name: `${spec.arn} ${key.attempt} ${key.host}` },
        limits: {
          ...limitsWithVolume(limits, spec.volume, engine.memoryBytes),
          diskBytes: layerBytes(spec) ?? limits.diskBytes,
        },
        ...(spec.givesWay && { givesWay: true }),
      })
      if (state.engineError) throw new Unhealthy(nameOf(spec, index), `The container ${describeExit(state)}`)
      pumps.follow(key, streamOf(spec, index))
      requirePresent(key, state)
    }
  }

  /** What a container is to serve; that of a product has to be what its seller published. */
  function artifactOf(
    { arn }: HostSpec,
    { modelData: data, productArn }: ModelContainer,
    role: Principal,
  ): ModelArtifact | ModelFiles | undefined {
    if (data?.kind === 'held')
      return {
        what: 'of the product',
        open: async () => (await platform.objects.openHeld(data.name)).body,
        check: async () => {},
      }
    if (!data) return undefined
    if (data.kind === 's3-files') return { what: data.uri, into: directory => stageFiles(data.uri, role, directory) }
    const { bucket, key } = parseS3Uri(data.uri)
    return {
      what: data.uri,
      open: async () => (await platform.objects.get(role, bucket, key)).body,
      async check(digest) {
        if (!productArn) return
        await requireArtifact(platform.store.db, { account: accountOf(arn), product: productArn, digest }, data.uri)
      },
    }
  }

  async function stageFiles(uri: string, role: Principal, directory: string): Promise<void> {
    const source = { S3DataType: 'S3Prefix', S3Uri: uri }
    using held = await modelListMemory.hold(role.account, room => listSource(platform.objects, role, source, room))
    const found = held.list
    const { key } = parseS3Uri(uri)
    // One object is itself alone, whatever else begins with its name.
    const wanted = key === '' || key.endsWith('/') ? found : found.filter(object => object.key === key)
    await stageObjects(platform.objects, role, wanted, directory, { index: 0, count: 1 })
  }

  async function healthy(spec: HostSpec, signal: AbortSignal): Promise<string[]> {
    const addresses: string[] = []
    for (const index of spec.containers.keys()) {
      const key = keyOf(spec, index)
      const state = await driver.observe(key)
      if (!state?.address || state.status === 'exited') throw await unhealthy(spec, index, state, [])
      const address = `http://${state.address}:8080`
      const ended = async () => (await driver.observe(key))?.status !== 'running'
      const history = await waitUntilHealthy(address, spec.startupTimeoutSeconds, ended, signal)
      if (!history.healthy) throw await unhealthy(spec, index, await driver.observe(key), history.attempts)
      addresses.push(address)
    }
    return addresses
  }

  async function unhealthy(
    spec: HostSpec,
    index: number,
    state: ContainerState | undefined,
    attempts: readonly string[],
  ) {
    requirePresent(keyOf(spec, index), state)
    if (state?.status === 'exited') await pumps.drained(keyOf(spec, index))
    const ended = state?.status === 'exited' ? `ended (${describeExit(state)})` : 'still runs'
    const pings = attempts.length > 0 ? `Last pings: ${attempts.slice(-3).join('; ')}` : undefined
    const unheard = state?.status !== 'exited' && attempts.length > 0 && attempts.every(isRefused)
    const hint = unheard
      ? 'Nothing listens on 0.0.0.0 port 8080: a server on 127.0.0.1 or another port is not reached'
      : undefined
    const lines = await lastLines(platform.logs, streamOf(spec, index))
    return new Unhealthy(nameOf(spec, index), failureReason(`The container ${ended}`, pings, hint, lines))
  }

  async function tellEnds(spec: HostSpec): Promise<void> {
    for (const index of spec.containers.keys()) {
      const state = await driver.observe(keyOf(spec, index))
      if (state?.status !== 'exited' || state.endedByEngine) continue
      await pumps.drained(keyOf(spec, index))
      const stream = streamOf(spec, index)
      const message = `The container has ended (${describeExit(state)}) and is started anew.`
      const [cursor, last] = [await platform.logs.cursor(stream), await platform.logs.tail(stream, 1)]
      // One that has printed nothing has no stream yet to go on with.
      if (cursor === undefined || last[0]?.message === message) continue
      await platform.logs.append(stream, [{ time: state.finishedAt ?? new Date(clock.now()), message }], cursor)
    }
  }

  function targetModels(spec: HostSpec, address: string, report: TargetModelParts['report']) {
    const [container] = spec.containers
    const models = container?.models
    if (!models) return undefined
    const { bucket, key: prefix } = parseS3Uri(models.uri)
    return createTargetModels({
      ...{ api: createModelApi(address), nameOf: nameOfTarget, keeps: models.keeps, report },
      drop: name => workspace.dropTarget(spec, 0, name),
      async fetch(target, name) {
        const role = await platform.iam.assumeForService(
          spec.executionRole,
          'sagemaker.amazonaws.com',
          'SageMaker',
          spec.arn,
        )
        const key = `${prefix}${target.replace(/^\/+/, '')}`
        await workspace.stageTarget(spec, 0, name, {
          what: `s3://${bucket}/${key}`,
          open: async () => (await platform.objects.get(role, bucket, key)).body,
          check: async () => {},
        })
      },
    })
  }

  return {
    start,
    healthy,
    tellEnds,
    targetModels,
    async removeAttempt(arn, attempt) {
      await driver.remove(arn, attempt)
      await workspace.discard(arn, attempt)
    },
    observe: spec => Promise.all(spec.containers.map((_, index) => driver.observe(keyOf(spec, index)))),
  }
}

/** Fit for a path, whatever the caller writes. */
const nameOfTarget = (target: string): string => hash('sha256', target)

const isRefused = (outcome: string): boolean => outcome.startsWith('connection refused')

/** As whom reasons name a container. */
const nameOf = ({ containers }: HostSpec, index: number): string =>
  index === 0
    ? 'primary'
    : (containers[index]?.hostname ?? containers[index]?.definition.ContainerHostname ?? `container-${index + 1}`)

/** A pipeline's further containers have streams of their own. */
const streamOf = ({ stream }: HostSpec, index: number): LogStreamName =>
  index === 0 ? stream : { ...stream, stream: `${stream.stream}/container-${index + 1}` }

/** As much as its volume holds, where its owner has said how large that is. */
const layerBytes = ({ volume }: HostSpec): number | undefined => volume?.sizeInGB && volume.sizeInGB * 1024 ** 3

function capacity({ instanceType, memoryPart, within }: HostSpec, engine: Parameters<typeof limitsFor>[1]) {
  try {
    const { limits } = limitsFor(instanceType, engine, memoryPart)
    if (!within) return limits
    const memoryBytes = Math.min(within.memoryBytes, limits.memoryBytes)
    const cpus = Math.min(within.cpus ?? limits.cpus, limits.cpus)
    return { ...limits, cpus, memoryBytes, sharedMemoryBytes: Math.floor(memoryBytes / 2), gpus: within.gpus }
  } catch (error) {
    throw new ServiceError('CapacityError', (error as Error).message)
  }
}

/** Throws HostLost for a container that was removed behind our back, or ended by an engine that was started anew. */
export function requirePresent({ host }: Pick<ContainerKey, 'host'>, state: ContainerState | undefined): void {
  if (!state) throw new HostLost(`The container of ${host} is gone from the container engine.`)
  if (state.endedByEngine)
    throw new HostLost(`The container engine was started anew and ended the container of ${host}.`)
}
