import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { databaseEnvironment } from '../src/store/own-database.fixture.ts'
import { freePort } from './free-port.ts'

const program = new URL('../bin/modelmart.mjs', import.meta.url).pathname
const run = promisify(execFile)

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A key, and where `modelmart env` says to ask for invocations. */
export interface AccountKey extends Credentials {
  readonly id: string
  readonly invokeUrl: string
}

/** A server in a process of its own, on a port that it keeps over restarts. */
export interface ServerProcess {
  readonly url: string
  readonly data: string
  /** Milliseconds from the start of the process to its `ready` line, of the last start. */
  readonly readyMs: number
  readonly pid: number
  /** kill -9, and a new process on the same data. */
  crash(): Promise<void>
  stop(): Promise<void>
  /** Makes an account with the command line and returns its key as `modelmart env` prints it. */
  account(name: string): Promise<AccountKey>
}

export interface ServerProcessOptions {
  readonly data: string
  /** A free one when absent. */
  readonly port?: number
  /** `unix://…`; whichever the machine has otherwise. */
  readonly engineSocket?: string
  readonly env?: Readonly<Record<string, string>>
  /** More words for `modelmart start`. */
  readonly flags?: readonly string[]
}

export async function startServer({
  data,
  port: wanted,
  engineSocket,
  env,
  flags = [],
}: ServerProcessOptions): Promise<ServerProcess> {
  let port = wanted ?? (await freePort())
  const database = await databaseEnvironment(data)
  // An answer that breaks its API's model fails whatever asked for it.
  const checked = { MODELMART_CHECK_ANSWERS: 'yes' }
  const given = { ...process.env, ...env }
  const environment = {
    ...process.env,
    ...checked,
    ...database,
    ...env,
    ...(engineSocket && { DOCKER_HOST: engineSocket }),
  }
  let child: ChildProcess
  let readyMs = 0

  async function launch(): Promise<void> {
    const started = performance.now()
    child = spawn(process.execPath, [program, 'start', '--port', String(port), '--data', data, ...flags], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stderr?.pipe(createWriteStream(join(data, 'server.log'), { flags: 'a' }))
    await ready(child)
    readyMs = performance.now() - started
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  // Somebody else may have taken the port since it was found free.
  for (let tries = 1; ; tries++)
    try {
      await launch()
      break
    } catch (error) {
      if (wanted !== undefined || tries === 5 || !/Port \d+ of \S+ is taken/.test((error as Error).message)) throw error
      port = await freePort()
    }
  return {
    url: `http://localhost:${port}`,
    data,
    get readyMs() {
      return readyMs
    },
    get pid() {
      return child.pid as number
    },
    async crash() {
      await end('SIGKILL')
      await launch()
    },
    stop: () => end('SIGTERM'),
    async account(name) {
      const { stdout: made } = await run(process.execPath, [program, 'account', 'create', name, '--data', data], {
        env: given,
      })
      const { stdout } = await run(process.execPath, [program, 'env', name, '--data', data], { env: given })
      const value = (variable: string) => new RegExp(`export ${variable}='(.*)'`).exec(stdout)?.[1] ?? ''
      const id = /\b\d{12}\b/.exec(made)?.[0] ?? ''
      return {
        id,
        accessKeyId: value('AWS_ACCESS_KEY_ID'),
        secretAccessKey: value('AWS_SECRET_ACCESS_KEY'),
        invokeUrl: value('AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME'),
      }
    },
  }
}

async function ready(child: ChildProcess): Promise<void> {
  let output = ''
  let said = ''
  child.stderr?.on('data', chunk => {
    said = `${said}${chunk}`.slice(-2000)
  })
  // Its streams are at their end, too.
  const died = once(child, 'close').then(([code]) => {
    throw new Error(
      `The server ended with ${code} before it was ready. Its log is in server.log of the data directory: ${said}`,
    )
  })
  const told = new Promise<void>(resolve => {
    child.stdout?.on('data', chunk => {
      output += chunk
      if (output.includes('ready')) resolve()
    })
  })
  died.catch(() => {})
  await Promise.race([told, died])
}
