import { spawn } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Writes one progress line to stderr; stdout is kept for results. */
export const say = line => process.stderr.write(`modelmart setup: ${line}\n`)

/** Full path of a program, also looked for in the sbin folders that a user's PATH leaves out; undefined when absent. */
export const findProgram = name => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map(folder => join(folder, name)).find(isExecutable)
}

const isExecutable = path => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Runs a program to its end.
 * @returns {Promise<{code: number, stdout: string, output: string}>} `output` is stdout and stderr as they came; `code` is 127 when the program is absent and 124 after `timeout` ms.
 */
export const run = (program, args, { env = {}, cwd, timeout, onLine } = {}) =>
  new Promise(resolve => {
    let stdout = ''
    let output = ''
    let expired = false
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = timeout && setTimeout(() => (expired = child.kill()), timeout)
    const collect = chunk => {
      output += chunk
      for (const line of onLine ? chunk.split('\n') : []) onLine(line)
    }
    child.stdout.setEncoding('utf8').on('data', chunk => {
      stdout += chunk
      collect(chunk)
    })
    child.stderr.setEncoding('utf8').on('data', collect)
    const finish = code => {
      clearTimeout(timer)
      resolve({ code: expired ? 124 : code, stdout, output })
    }
    child.on('error', error => finish(error.code === 'ENOENT' ? 127 : 126))
    child.on('close', code => finish(code ?? 128))
  })

/** Like `run`, but a failure throws an Error holding the command, its last lines and what to do about it. */
export const must = async (program, args, { remedy, ...options } = {}) => {
  const result = await run(program, args, options)
  if (result.code === 0) return result
  const tail = result.output.trim().split('\n').slice(-25).join('\n')
  throw new Error(`\`${[program, ...args].join(' ')}\` ended with ${result.code}.\n${tail}\n${remedy ?? ''}`.trim())
}

/** Runs `main` only when the module at `url` is the program that node was started with; errors become one message and exit code 1. */
export const asProgram = async (url, main) => {
  if (!process.argv[1] || realpathSync(process.argv[1]) !== fileURLToPath(url)) return
  try {
    await main()
  } catch (error) {
    say(error.message)
    process.exitCode = 1
  }
}
