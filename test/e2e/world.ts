import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import { installationName, openInstallation } from '../../src/cli/installation.ts'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { removeVolumes, volumesBelow } from '../../src/workload/volume.ts'
import { type EngineView, openEngineView } from './engine-view.ts'
import type { PresentEngine } from './engines.ts'
import { until } from './until.ts'

export type Example = 'contract-probe' | 'escape-artist' | 'iris-trees' | 'ticket-topics'

/** A server in a process of its own on one engine, with an example's image built for it. */
export interface World {
  readonly engine: PresentEngine
  readonly server: ServerProcess
  /** The example's image in the engine, as its build named it. */
  readonly image: string
  readonly view: EngineView
  /** Waits until nothing of the installation is left in the engine or in the work directory; fails after half a minute. */
  leavesNothing(): Promise<void>
  close(): Promise<void>
}

export async function openWorld(engine: PresentEngine, example: Example): Promise<World> {
  const image = (await ensureExample(engine, example)) as string
  const data = await mkdtemp(join(tmpdir(), 'modelmart-e2e-'))
  const flags = ['--allow-outgoing', '127.0.0.0/8,::1']
  const server = await startServer({ data, engineSocket: `unix://${engine.socket}`, flags }).catch(async error => {
    const log = await serverLog(data)
    await rm(data, { recursive: true, force: true })
    throw new Error(`${error.message}\n${log}`)
  })
  const view = await openEngineView(engine, await nameOf(data))
  return {
    ...{ engine, server, image, view },
    async leavesNothing() {
      const look = async () => ({
        containers: (await view.containers()).map(({ State, Labels }) => `${State} ${Labels['modelmart.arn']}`),
        networks: await view.networks(),
        workDirectories: await readdir(dataDirectory(data).work),
        mounts: (await volumesBelow(dataDirectory(data).work)).map(({ directory }) => directory),
      })
      const empty = ({ containers, networks, workDirectories, mounts }: Awaited<ReturnType<typeof look>>) =>
        containers.length + networks.length + workDirectories.length + mounts.length === 0
      await until('nothing is left behind', look, empty, 30)
    },
    async close() {
      const drained = await drains(server)
      await clear(view)
      await removeDirectory(data)
      assert.ok(drained, `the server did not end within ${drainSeconds} s of SIGTERM`)
    },
  }
}

/** Removes what a server that has ended has on the engine, and its data. */
export async function removeServerOf(engine: PresentEngine, data: string): Promise<void> {
  await clear(await openEngineView(engine, await nameOf(data)))
  await removeDirectory(data)
}

async function clear(view: EngineView): Promise<void> {
  for (const { Id } of await view.containers()) await view.remove(Id).catch(unlessGoing)
  for (const name of await view.networks()) await view.removeNetwork(name)
  await view.close()
}

async function removeDirectory(data: string): Promise<void> {
  await removeVolumes(dataDirectory(data).work)
  await rm(data, { recursive: true, force: true })
}

/** The server's own last removal may still be under way. */
function unlessGoing(error: { status?: number }): void {
  if (error.status !== 409) throw error
}

const drainSeconds = 20

/** False when the server had to be killed. */
async function drains(server: ServerProcess): Promise<boolean> {
  const stopped = server.stop().then(() => true)
  const patience = new AbortController()
  const late = sleep(drainSeconds * 1000, false, { signal: patience.signal }).catch(() => false)
  if (await Promise.race([stopped, late])) {
    patience.abort()
    return true
  }
  process.kill(server.pid, 'SIGKILL')
  await stopped
  return false
}

/** The end of what the server has complained about. */
export async function serverLog(data: string): Promise<string> {
  const lines = (await readFile(join(data, 'server.log'), 'utf8')).trim().split('\n')
  return lines.slice(-30).map(inShort).join('\n')
}

function inShort(line: string): string {
  if (!line.startsWith('{')) return line
  const { msg, key, err } = JSON.parse(line) as { msg: string; key?: string; err?: { message: string } }
  return [msg, key, err?.message].filter(Boolean).join(': ')
}

/** By what the server of this directory calls what is its own on the engine. */
export async function nameOf(data: string): Promise<string> {
  const installation = await openInstallation({ data })
  try {
    return await installationName(installation)
  } finally {
    await installation.store.close()
  }
}

/** Asserts that a text has all the parts, and shows the whole text when it does not. */
export function assertTells(text: string | undefined, parts: readonly (string | RegExp)[]): void {
  for (const part of parts) {
    const there = typeof part === 'string' ? text?.includes(part) : part.test(text ?? '')
    assert.ok(there, `the reason does not tell ${part}: ${text}`)
  }
}

interface AwsError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** Asserts that a call is refused with this error code, HTTP status and words; returns the error. */
export async function assertRefused(
  call: Promise<unknown>,
  name: string,
  status: number,
  words: RegExp,
): Promise<AwsError> {
  const outcome = await call.then(
    answer => assert.fail(`the call was not refused with ${name}, but answered ${JSON.stringify(answer)}`),
    (error: AwsError) => error,
  )
  const seen = `${outcome.name} ${outcome.$metadata?.httpStatusCode}: ${outcome.message}`
  assert.equal(outcome.name, name, seen)
  assert.equal(outcome.$metadata?.httpStatusCode, status, seen)
  assert.match(outcome.message, words)
  return outcome
}
