import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Clients, clientsFor, region } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { findProgram } from '../../setup/command.mjs'

const run = promisify(execFile)

/** A server in a process of its own, which runs no workloads, with an account and a place for clients' files. */
export interface Installation extends Clients {
  readonly server: ServerProcess
  readonly scratch: string
  /** Runs a program with the account's key in its environment; returns what it prints. */
  run(command: string, ...args: string[]): Promise<string>
  /** Most memory that the server has held since it started, in bytes. */
  peakMemory(): Promise<number>
  close(): Promise<void>
}

/** Why a test of a real client is skipped: it is not on this machine. `npm test` installs them where it may. */
export const unless = (program: string): string | false =>
  findProgram(program) ? false : `${program} is not installed on this machine`

export async function openInstallation(): Promise<Installation> {
  const scratch = await mkdtemp(join(tmpdir(), 'modelmart-conformance-'))
  // s3cmd and, unless it is configured, Debian's AWS CLI know no later version for their URLs.
  const flags = ['--allow-signature-2', '--allow-outgoing', '127.0.0.0/8,::1']
  const server = await startServer({ data: scratch, engineSocket: 'unix:///nonexistent/engine.sock', flags })
  const clients = clientsFor(server.url, await server.account('client'))
  const env = {
    // Debian's own clients, not others that may come first.
    PATH: `/usr/bin:${process.env.PATH}`,
    HOME: scratch,
    AWS_ACCESS_KEY_ID: clients.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: clients.credentials.secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: server.url,
  }
  return {
    ...clients,
    server,
    scratch,
    run: async (command, ...args) => (await run(command, args, { env, maxBuffer: 1 << 26 })).stdout,
    async peakMemory() {
      const { stdout } = await run('grep', ['VmHWM', `/proc/${server.pid}/status`])
      return Number(/\d+/.exec(stdout)?.[0]) * 1024
    },
    async close() {
      await server.stop()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}
