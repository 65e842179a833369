import { execFile } from 'node:child_process'
import type { CommandAnswer, CommandQuestion } from './command.ts'

/** Runs programs for the process that has forked this one, and ends with it. What both are told to end by is its to obey: it may have volumes to unmount. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
process.on('disconnect', () => process.exit())

process.on('message', ({ id, file, words, input, options }: CommandQuestion) => {
  const child = execFile(file, words, options, (error, stdout, stderr) => {
    const { message, code, signal, killed } = error ?? {}
    const answer: CommandAnswer = { id, stdout, stderr, ...(error && { error: { message, code, signal, killed } }) }
    process.send?.(answer)
  })
  // A program that does not read to the end says why with its exit code.
  child.stdin?.on('error', () => {}).end(input)
})
