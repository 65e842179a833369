import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PresentEngine } from './engines.ts'
import { until } from './until.ts'

const run = promisify(execFile)

/** A Docker daemon of our own beside the machine's, to be killed and started anew as often as one likes. */
export interface PrivateEngine extends PresentEngine {
  /** Its network interface on this machine. */
  readonly bridge: string
  /** Ends the daemon, by kill -9 unless told otherwise, and starts one on the same data; the containers that ran are ended by either. */
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Ends the daemon and removes all that it made. */
  close(): Promise<void>
}

/** Where the daemon of this machine is installed; undefined when it is not. */
export const dockerDaemon = (): Promise<string | undefined> =>
  run('which', ['dockerd']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )

/**
 * Starts a daemon on an empty directory. It sets no firewall rules and has a bridge of its own: a daemon without any deletes
 * `docker0`, and one with rules flushes those of the other.
 */
export async function openPrivateEngine(directory: string): Promise<PrivateEngine> {
  const at = (name: string) => join(directory, name)
  const bridge = `mmtest${process.pid % 1_000_000}`
  const socket = at('docker.sock')
  await mkdir(directory, { recursive: true })
  await run('ip', ['link', 'add', bridge, 'type', 'bridge'])
  // Of the range set aside for documentation (RFC 5737).
  await run('ip', ['address', 'add', `198.51.100.${(process.pid % 32) * 8 + 1}/29`, 'dev', bridge])
  await run('ip', ['link', 'set', bridge, 'up'])
  // Apart, as packages install it: one that the daemon starts itself dies with it, now and then in the midst of the next one's start.
  await writeFile(at('containerd.toml'), 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
  const log = openSync(at('log'), 'a')
  const containerd = spawn(
    'containerd',
    [
      '--config',
      at('containerd.toml'),
      '--root',
      at('images'),
      '--state',
      at('state'),
      '--address',
      at('containerd.sock'),
    ],
    { stdio: ['ignore', log, log], detached: true },
  )
  let daemon: ChildProcess

  async function launch(): Promise<void> {
    await rm(at('pid'), { force: true })
    const flags = ['iptables', 'ip6tables', 'ip-masq', 'ip-forward'].map(name => `--${name}=false`)
    const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')]
    places.push('--containerd', at('containerd.sock'))
    daemon = spawn('dockerd', [...places, '--bridge', bridge, ...flags, '--host', `unix://${socket}`], {
      stdio: ['ignore', log, log],
      detached: true,
    })
    const answers = () =>
      run('docker', ['--host', `unix://${socket}`, 'version']).then(
        () => true,
        () => false,
      )
    await until('the private engine answers', answers, answer => answer || daemon.exitCode !== null, 60)
    if (daemon.exitCode !== null) throw new Error(`dockerd ended: ${(await readFile(at('log'), 'utf8')).slice(-2000)}`)
  }

  await launch()
  return {
    engine: 'docker',
    ...{ socket, bridge },
    async restart(signal = 'SIGKILL') {
      await end(daemon, signal)
      await endHalfStarted(at('containerd.sock'))
      await launch()
    },
    async close() {
      const docker = (...words: string[]) => run('docker', ['--host', `unix://${socket}`, ...words])
      const { stdout } = await docker('ps', '--all', '--quiet')
      if (stdout) await docker('rm', '--force', ...stdout.trim().split('\n'))
      await docker('network', 'prune', '--force')
      await end(daemon, 'SIGTERM')
      await end(containerd, 'SIGTERM')
      await run('ip', ['link', 'delete', bridge])
      for (const mount of (await volumesBelow(directory)).reverse()) await run('umount', [mount])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/**
 * A daemon that is killed between making a container's process and starting it does not know of the process when it comes back: it would
 * wait for ever, and hold the volumes that are mounted for it.
 */
async function endHalfStarted(socket: string): Promise<void> {
  const ctr = (...words: string[]) => run('ctr', ['--address', socket, '--namespace', 'moby', 'tasks', ...words])
  const { stdout } = await ctr('list')
  for (const line of stdout.split('\n')) {
    const [task = '', , status] = line.split(/\s+/)
    if (status === 'CREATED') await ctr('delete', '--force', task)
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

/** Loads an image of another engine under its name. */
export async function copyImage(from: PresentEngine, to: PresentEngine, image: string): Promise<void> {
  const file = `${to.socket}.tar`
  await run(from.engine, ['save', '--output', file, image])
  await run('docker', ['--host', `unix://${to.socket}`, 'load', '--input', file])
  await rm(file)
}

/** Mount points at or below a directory, in the order in which they were made. */
export async function volumesBelow(directory: string): Promise<string[]> {
  const points = (await readFile('/proc/mounts', 'utf8')).split('\n').map(line => line.split(' ')[1] ?? '')
  return points.filter(point => point === directory || point.startsWith(`${directory}/`))
}
