import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptInstall } from './apt.mjs'
import { must, say } from './command.mjs'
import { runProgram } from './run.mjs'

const isRoot = process.getuid?.() === 0
const programs = '/usr/lib/postgresql'

const many = ['max_connections=300']
/** Nothing of a test is worth keeping over a crash of the machine. */
const quick = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']

/**
 * A PostgreSQL server of our own, with a database `modelmart_template` whose schema is up to date; installed from Debian's packages when the
 * machine has none.
 * @param {{durable?: boolean}} [as] `durable` has a commit on the disk when it is acknowledged
 * @returns {Promise<{url: string, stop: () => Promise<void>}>} `url` is `postgres://…/`; `stop` leaves nothing
 */
export const startPostgres = async ({ durable = false } = {}) => {
  const bin = await ensurePrograms()
  const directory = mkdtempSync(join(tmpdir(), 'modelmart-postgres-'))
  // PostgreSQL refuses to be run by root.
  const { stdout: id } = isRoot ? await must('id', ['-u', 'postgres']) : { stdout: '' }
  if (isRoot) chownSync(directory, Number(id), Number(id))
  const asItself = (program, args) =>
    isRoot
      ? must('setpriv', [`--reuid=${id.trim()}`, '--clear-groups', join(bin, program), ...args], { cwd: directory })
      : must(join(bin, program), args, { cwd: directory })
  const data = join(directory, 'data')
  await asItself('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C'])
  const port = await freePort()
  const options = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${directory}`, ...many]
  const line = [...options, ...(durable ? [] : quick)].map(option => `-c ${option}`).join(' ')
  await asItself('pg_ctl', ['-D', data, '-l', join(directory, 'log'), '-w', '-o', line, 'start'])
  const stop = async () => {
    await asItself('pg_ctl', ['-D', data, '-m', 'immediate', 'stop'])
    rmSync(directory, { recursive: true, force: true })
  }
  const url = `postgres://postgres@127.0.0.1:${port}/`
  if ((await runProgram(['test/postgres-template.ts', url])) === 0) return { url, stop }
  await stop()
  throw new Error('The schema could not be made in PostgreSQL.')
}

/** The newest that the machine has. */
const ensurePrograms = async () => {
  const found = () =>
    existsSync(programs)
      ? readdirSync(programs)
          .map(Number)
          .filter(version => existsSync(join(programs, `${version}`, 'bin/initdb')))
          .sort((a, b) => b - a)
      : []
  if (found().length === 0) {
    say('installing PostgreSQL')
    await aptInstall(['postgresql'])
  }
  const [newest] = found()
  if (newest === undefined) throw new Error(`There is no PostgreSQL in ${programs}: install Debian’s postgresql.`)
  return join(programs, `${newest}`, 'bin')
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
