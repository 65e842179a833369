import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { dirname, relative } from 'node:path'
import { clock } from '../ground/clock.ts'
import { compiled, programBeside } from '../ground/own-program.ts'
import { createLink, type Link } from './link.ts'
import type { ControlAnswers, WorkerAnswers } from './plane-messages.ts'
import { workerFiles } from './worker-files.ts'

/** A worker as the control plane sees it. */
export interface WorkerProcess {
  readonly directory: string
  readonly pid: number
  readonly link: Link<WorkerAnswers>
}

const startMs = 20_000
const program = programBeside(import.meta.url, 'worker')

/**
 * Starts one in a directory of its own. It is nobody's child in the end: it goes on when whoever started it is killed. Throws when it
 * does not answer in time.
 */
export async function startWorkerProcess(directory: string, answers: ControlAnswers): Promise<WorkerProcess> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const words = [...process.execArgv, ...compiled, program, directory]
  const child = spawn(process.execPath, words, { detached: true, stdio: 'ignore' })
  child.on('error', () => {})
  child.unref()
  const pid = child.pid
  if (pid === undefined) throw new Error('No process could be started')
  const end = clock.elapsed() + startMs
  while (clock.elapsed() < end && child.exitCode === null && child.signalCode === null) {
    const link = await findWorkerProcess(directory, answers)
    if (link) return { directory, pid, link }
    await clock.sleep(10)
  }
  kill(pid)
  throw new Error(`Worker ${pid} ended, or did not answer, before it was ready`)
}

/** The worker of a directory, if it lives. */
export async function findWorkerProcess(
  directory: string,
  answers: ControlAnswers,
): Promise<Link<WorkerAnswers> | undefined> {
  const socket = connect(nearest(workerFiles(directory).socket))
  return (await connected(socket)) ? createLink<WorkerAnswers, ControlAnswers>(socket, answers) : undefined
}

async function connected(socket: Socket): Promise<boolean> {
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  }
}

/** The name of a socket is at most 107 bytes long (unix(7)). */
const nearest = (path: string): string => {
  const here = relative(process.cwd(), path)
  return here.length < path.length ? here : path
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** What is left of one that has ended, once its journal is counted; what was set aside stays. */
export async function removeWorkerDirectory(directory: string): Promise<void> {
  await rm(workerFiles(directory).socket, { force: true })
  await rm(dirname(workerFiles(directory).socket), { recursive: true, force: true })
}
