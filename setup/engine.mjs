import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { aptInstall } from './apt.mjs'
import { asProgram, findProgram, must, run, say } from './command.mjs'

const isRoot = process.getuid?.() === 0
const hasSystemd = existsSync('/run/systemd/system')
const dockerSocket = '/var/run/docker.sock'
const podmanSocket =
  isRoot || !process.env.XDG_RUNTIME_DIR
    ? '/run/podman/podman.sock'
    : join(process.env.XDG_RUNTIME_DIR, 'podman/podman.sock')
const logFolder = isRoot ? '/var/log' : join(homedir(), '.local/state/modelmart')

/**
 * Finds, starts or installs a container engine that speaks the Docker Engine API.
 * @param {{engine?: 'docker'|'podman'}} [wanted] take only this engine
 * @returns {Promise<{engine: 'docker'|'podman', socket: string, installed: boolean}>} `installed` tells that this call installed it
 * @throws {Error} that says what to do, when there is none and none can be had
 */
export const ensureEngine = async ({ engine } = {}) => {
  if (engine && !['docker', 'podman'].includes(engine))
    throw new Error(`The engine is docker or podman, not ${engine}.`)
  const running = await findRunning(engine)
  if (running) return { ...running, installed: false }
  const started = await startInstalled(engine)
  if (started) return { ...started, installed: false }
  await installDocker(engine)
  const socket = await startDocker()
  return { engine: 'docker', socket, installed: true }
}

const findRunning = async wanted => {
  const refused = []
  for (const socket of candidateSockets()) {
    const answer = await identify(socket)
    if (answer.engine && (!wanted || answer.engine === wanted)) return { engine: answer.engine, socket }
    if (answer.error === 'EACCES') refused.push(socket)
  }
  if (refused.length > 0) {
    throw new Error(
      `You may not use the container engine at ${refused.join(', ')}. Run this as root, or add yourself to the group that owns the socket (\`sudo usermod -aG docker $USER\`) and log in again.`,
    )
  }
}

const candidateSockets = () => {
  const usual = [dockerSocket, '/run/podman/podman.sock', podmanSocket]
  const host = process.env.DOCKER_HOST
  if (!host) return [...new Set(usual)].filter(existsSync)
  if (!host.startsWith('unix://')) {
    throw new Error(
      `DOCKER_HOST is ${host}, but Modelmart needs an engine on this machine. Unset DOCKER_HOST, or set it to unix:///path/to/socket.`,
    )
  }
  return [...new Set([host.slice('unix://'.length), ...usual])].filter(existsSync)
}

/** Which engine answers at a socket: `{engine}`, or `{error}` with the system's error code. */
const identify = async socket => {
  const ping = await get(socket, '/_ping')
  if (ping.status !== 200) return { error: ping.error }
  const version = await get(socket, '/version')
  return { engine: version.body.includes('Podman Engine') ? 'podman' : 'docker' }
}

const get = (socketPath, path) =>
  new Promise(resolve => {
    const call = request({ socketPath, path, timeout: 2000, headers: { host: 'engine' } }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', chunk => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode, body }))
      response.on('error', error => resolve({ error: error.code, body }))
    })
    call.on('timeout', () => call.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })))
    call.on('error', error => resolve({ error: error.code, body: '' }))
    call.end()
  })

const startInstalled = async wanted => {
  if (wanted !== 'podman' && isRoot && findProgram('dockerd')) return { engine: 'docker', socket: await startDocker() }
  if (wanted !== 'docker' && findProgram('podman')) return { engine: 'podman', socket: await startPodman() }
}

const startDocker = async () => {
  if (hasSystemd) {
    say('starting Docker (systemctl start docker)')
    await must('systemctl', ['start', 'docker'], { remedy: 'See `journalctl -u docker`.' })
    return await answering(dockerSocket, 'journalctl -u docker')
  }
  // The package's own start script may have been quicker than we are.
  if ((await identify(dockerSocket)).engine) return dockerSocket
  return await startDetached(findProgram('dockerd'), [], dockerSocket, 'modelmart-dockerd.log')
}

const startPodman = async () => {
  mkdirSync(dirname(podmanSocket), { recursive: true, mode: 0o700 })
  const args = [...podmanFlags(), 'system', 'service', '--time=0', `unix://${podmanSocket}`]
  return await startDetached(findProgram('podman'), args, podmanSocket, 'modelmart-podman.log')
}

/** Flags before the podman command: runc where it is installed, because crun refuses hosts that mix cgroup v1 and v2. */
export const podmanFlags = () => {
  const runc = findProgram('runc')
  return runc ? ['--runtime', runc] : []
}

const startDetached = async (program, args, socket, logName) => {
  mkdirSync(logFolder, { recursive: true })
  const log = join(logFolder, logName)
  say(`starting ${[program, ...args].join(' ')} (log: ${log})`)
  const file = openSync(log, 'a')
  // Podman's monitor leaves a file called oom in the service's folder when a container runs out of memory.
  const options = { cwd: dirname(socket), detached: true, stdio: ['ignore', file, file] }
  const child = spawn(program, args, options)
  child.unref()
  return await answering(socket, log)
}

const answering = async (socket, log) => {
  for (const deadline = Date.now() + 45_000; Date.now() < deadline; await sleep(100)) {
    if ((await identify(socket)).engine) return socket
  }
  const tail = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-15).join('\n') : ''
  throw new Error(
    `The container engine did not answer at ${socket} within 45 s.\n${tail}\nMend what the log (${log}) says, or start an engine yourself, and run this again.`,
  )
}

const installDocker = async wanted => {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const isDebian = /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release) && findProgram('apt-get')
  if (wanted === 'podman' || !isDebian || !isRoot) {
    throw new Error(
      `No ${wanted ?? 'container'} engine is running or installed. ` +
        (isDebian && !isRoot && wanted !== 'podman'
          ? 'Run this once as root to have Docker installed from your distribution, or install docker.io or podman yourself.'
          : `Install ${wanted === 'podman' ? 'Podman' : 'Docker (20.10 or later) or Podman (4 or later)'} with your system's package manager, and run this again.`),
    )
  }
  say('no container engine here: installing Docker from the distribution (apt-get install docker.io)')
  await aptInstall(['docker.io', 'iptables', 'ca-certificates'], ['docker-cli'])
}

/** Program and arguments that run an engine's own command line: `run(...engineCommand(engine, ['images']))`. */
export const engineCommand = ({ engine, socket }, args) => {
  const podman = engine === 'podman' && findProgram('podman')
  if (podman) return [podman, [...podmanFlags(), ...args]]
  const docker = findProgram('docker')
  if (docker) return [docker, ['--host', `unix://${socket}`, ...args]]
  throw new Error('The docker command is not installed. Install it (docker-cli or docker.io) and run this again.')
}

/** The ids of images by reference, in order; undefined for those the engine does not hold. */
export const imageIds = async (engine, references) => {
  const found = await inspectImages(engine, references)
  return found.map(image => image?.Id.replace(/^(sha256:)?/, 'sha256:'))
}

/** What the engine's `image inspect` says of each reference, in order; undefined for those it does not hold. */
export const inspectImages = async (engine, references) =>
  Promise.all(
    references.map(async reference => {
      const { code, stdout } = await run(...engineCommand(engine, ['image', 'inspect', reference]))
      return code === 0 ? JSON.parse(stdout)[0] : undefined
    }),
  )

await asProgram(import.meta.url, async () => {
  const { values } = parseArgs({ options: { engine: { type: 'string' } } })
  process.stdout.write(`${JSON.stringify(await ensureEngine(values))}\n`)
})
