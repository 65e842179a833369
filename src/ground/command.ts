import { type ChildProcess, fork } from 'node:child_process'
import { compiled, programBeside } from './own-program.ts'

export interface CommandOptions {
  /** What it reads; nothing when absent. */
  readonly input?: string
  /** Milliseconds after which it is sent SIGTERM. */
  readonly timeout?: number
  /** Bytes of what it may write to either stream, 1 MiB when absent; it is ended beyond. */
  readonly maxBuffer?: number
  /** Instead of the server's own. */
  readonly env?: NodeJS.ProcessEnv
}

export interface CommandOutput {
  readonly stdout: string
  readonly stderr: string
}

export interface CommandQuestion {
  readonly id: number
  readonly file: string
  readonly words: readonly string[]
  readonly input: string
  readonly options: Omit<CommandOptions, 'input'>
}

export interface CommandAnswer extends CommandOutput {
  readonly id: number
  /** Of a program that did not end with 0, as Node's `execFile` has it. */
  readonly error?: Failure
}

interface Failure {
  readonly message?: string
  readonly code?: number | string | null
  readonly signal?: NodeJS.Signals | null
  readonly killed?: boolean
}

interface Waiting {
  resolve(output: CommandOutput): void
  reject(error: Error): void
}

/** The process that runs programs, once there is one, and who waits for them. */
let runner: { readonly child: ChildProcess; readonly waiting: Map<number, Waiting> } | undefined
let questions = 0

/**
 * Runs a program of this machine and resolves with what it wrote. Rejects with an Error as `execFile` has it: `code` is its exit code
 * or such as `ENOENT`; `stdout` and `stderr` are what it wrote. A small process runs it, started with the first: to start a program from
 * a process copies its table of pages meanwhile, so that a server of a few hundred MiB stands still for tens of milliseconds (fork(2)).
 */
export function runCommand(
  file: string,
  words: readonly string[],
  { input = '', ...options }: CommandOptions = {},
): Promise<CommandOutput> {
  runner ??= startRunner()
  const { child, waiting } = runner
  const { promise, resolve, reject } = Promise.withResolvers<CommandOutput>()
  const id = questions++
  waiting.set(id, { resolve, reject })
  child.channel?.ref()
  // As it is now, which the other process saw when it began.
  const question: CommandQuestion = { id, file, words, input, options: { env: process.env, ...options } }
  child.send(question, error => {
    if (error) settle(child, waiting, id, waiter => waiter.reject(error))
  })
  return promise
}

function startRunner() {
  const child = fork(programBeside(import.meta.url, 'command-process'), [], {
    execArgv: compiled,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, Waiting>()
  const ended = (cause?: Error) => {
    if (runner?.child === child) runner = undefined
    const error = new Error('The process that runs programs for the server has ended', { cause })
    for (const id of waiting.keys()) settle(child, waiting, id, waiter => waiter.reject(error))
  }
  child.on('error', ended).on('exit', () => ended())
  child.on('message', ({ id, stdout, stderr, error }: CommandAnswer) => {
    settle(child, waiting, id, waiter => {
      if (error) waiter.reject(Object.assign(new Error(error.message), error, { stdout, stderr }))
      else waiter.resolve({ stdout, stderr })
    })
  })
  // Only who waits for a program keeps the server from ending.
  child.unref()
  child.channel?.unref()
  return { child, waiting }
}

function settle(child: ChildProcess, waiting: Map<number, Waiting>, id: number, tell: (waiter: Waiting) => void): void {
  const waiter = waiting.get(id)
  if (!waiter) return
  waiting.delete(id)
  if (waiting.size === 0) child.channel?.unref()
  tell(waiter)
}
