import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OnVisit } from './container-door.ts'
import type { ContainerKey, ContainerSpec, ContainerState, Driver, ImageSource, LogLine } from './driver.ts'
import { HOST_NODE, hostNodeMounts } from './host-node.ts'
import { type ImageRuntimeConfig, memoryImage } from './memory-image.ts'

/** Opens a driver for an installation; another call with the same name is the same server started again. */
export type OpenDriver = (installation: string, onVisit?: OnVisit) => Promise<Driver & { close(): Promise<void> }>

const MEBIBYTE = 1 << 20

export interface SuiteOptions {
  /** Of the whole suite; five minutes when absent. */
  readonly timeoutMs?: number
  /** False where the engine is known to miss it: Podman with version 1 of control groups. */
  readonly noticesOutOfMemory: boolean
  /** Where containers find this machine, by the address of one of them; the gateway of Docker's and Podman's networks when absent. */
  readonly machineOf?: (address: string) => string
  /** What cannot hold on this engine, by the names of tests, and why. */
  readonly cannot?: Readonly<Record<string, string>>
  /** Of what a container finds of its limits: what is the engine's to say, not the specification's. */
  readonly limitsElsewhere?: (found: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
  /** A container without a network has an interface all the same, which is closed. */
  readonly alwaysConnected?: boolean
  /** Kills what holds the network of a container with a door, behind the driver's back. */
  endHolder(installation: string, key: ContainerKey): Promise<void>
  /** Removes images by the references that the driver gave them. */
  removeImages(references: Iterable<string>): Promise<void>
}

/** What the tests of one suite share: a driver, a directory on the host, and workloads that are removed at the end. */
export interface SuiteContext extends Omit<SuiteOptions, 'endHolder'> {
  endHolder(key: ContainerKey): Promise<void>
  readonly driver: Driver
  readonly installation: string
  readonly directory: string
  readonly open: OpenDriver
  /** A container that runs a script in Node, in an image that holds nothing else. */
  script(javascript: string, changes?: Partial<ContainerSpec>): Promise<ContainerSpec>
  /** An image with these files and nothing else. */
  image(files: Readonly<Record<string, string>>, config?: ImageRuntimeConfig): Promise<ImageSource>
  /** An ARN that no other test uses; what runs under it is removed at the end. */
  arn(name: string): string
  close(): Promise<void>
}

export const openSuite = async (open: OpenDriver, options: SuiteOptions): Promise<SuiteContext> => {
  const installation = `suite-${process.pid}-${Date.now().toString(36)}`
  const opened = await open(installation, tellVisitors)
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-driver-'))
  const arns = new Set<string>()
  let count = 0
  const arn = (name: string): string => {
    const unique = `arn:aws:sagemaker:eu-central-1:111122223333:training-job/${name}-${count++}`
    arns.add(unique)
    return unique
  }
  const references = new Set<string>()
  // Unlike any other suite's, so that it may be removed.
  const image: SuiteContext['image'] = (files, config) =>
    memoryImage({ ...files, 'etc/installation': installation }, config)
  const driver: SuiteContext['driver'] = {
    ...opened,
    async ensureImage(source) {
      const reference = await opened.ensureImage(source)
      references.add(reference)
      return reference
    },
  }
  return {
    ...options,
    endHolder: key => options.endHolder(installation, key),
    image,
    driver,
    installation,
    directory,
    open,
    arn,
    script: async (javascript, changes) => ({
      key: { arn: arn('script'), attempt: 1, host: 'algo-1' },
      image: await driver.ensureImage(await image({ 'etc/suite': 'suite' })),
      entrypoint: [HOST_NODE, '--input-type=commonjs', '-e', javascript],
      environment: {},
      mounts: await hostNodeMounts(),
      network: { kind: 'none' },
      limits: { cpus: 1, memoryBytes: 256 * MEBIBYTE, sharedMemoryBytes: 8 * MEBIBYTE, pids: 64, gpus: 0 },
      ...changes,
    }),
    close: async () => {
      await Promise.all([...arns].map(unwanted => driver.remove(unwanted)))
      assert.deepEqual(await driver.list(), [])
      await opened.close()
      await options.removeImages(references)
      await rm(directory, { recursive: true })
    },
  }
}

/** A test of what not every engine can hold; one that cannot says why. */
export const itIfItCan = (context: () => SuiteContext, name: string, run: () => Promise<void>): void => {
  it(name, async test => {
    const reason = context().cannot?.[name]
    return reason === undefined ? run() : test.skip(reason)
  })
}

/** Answers visitors with who they are. */
export const tellVisitors: OnVisit = ({ key, role }, socket) => {
  const text = `${key.host} as ${role}`
  socket
    .on('error', () => {})
    .end(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`)
}

/** Asks until the answer is something; fails with the question after a minute. */
export const until = async <T>(question: string, ask: () => Promise<T | undefined | false>): Promise<T> => {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(20)) {
    const answer = await ask()
    if (answer) return answer
  }
  return assert.fail(`still not so after a minute: ${question}`)
}

export const exited = (driver: Driver, key: ContainerKey): Promise<ContainerState> =>
  until('the container has exited', async () => {
    const state = await driver.observe(key)
    return state?.status === 'exited' && state
  })

export const linesOf = async (driver: Driver, key: ContainerKey, cursor?: string): Promise<LogLine[]> => {
  const lines: LogLine[] = []
  for await (const line of driver.logs(key, cursor, AbortSignal.timeout(30_000))) lines.push(line)
  return lines
}

/** Runs the container to its end and returns what it printed, as one text. */
export const outputOf = async (driver: Driver, spec: ContainerSpec): Promise<string> => {
  const { engineError } = await driver.start(spec)
  assert.equal(engineError, undefined)
  return (await linesOf(driver, spec.key)).map(({ text }) => text).join('\n')
}

export const contentOf = (path: string): Promise<string> => readFile(path, 'utf8')
