import { existsSync } from 'node:fs'
import type { CommandContext } from './command-context.ts'

/**
 * Where the container engine listens: where it is set, else `DOCKER_HOST` when it names a socket, else the first that is there of Docker's and Podman's
 * own places, or of the one of them that is asked for. Throws when DOCKER_HOST names something else.
 */
export function engineSocket({
  engineSocket,
  engine,
  environment,
}: Pick<CommandContext, 'engineSocket' | 'engine' | 'environment'>): string {
  if (engineSocket) return engineSocket
  const { DOCKER_HOST: host, XDG_RUNTIME_DIR: runtime } = environment
  if (host?.startsWith('unix://')) return host
  if (host) throw new Error(`DOCKER_HOST is ${host}; only unix:// sockets are supported.`)
  const places = [
    ...(engine === 'podman' ? [] : ['/var/run/docker.sock']),
    ...(engine === 'docker' ? [] : ['/run/podman/podman.sock']),
    ...(runtime && engine !== 'docker' ? [`${runtime}/podman/podman.sock`] : []),
  ]
  return `unix://${places.find(path => existsSync(path)) ?? places[0]}`
}
