import { existsSync } from 'node:fs'
import type { CommandContext } from './command-context.ts'

/**
 * Where the container engine listens: where it is set, else `DOCKER_HOST` when it names a socket, else the first that is there of Docker's and Podman's
 * own places. Throws when DOCKER_HOST names something else.
 */
export function engineSocket({
  engineSocket,
  environment,
}: Pick<CommandContext, 'engineSocket' | 'environment'>): string {
  if (engineSocket) return engineSocket
  const { DOCKER_HOST: host, XDG_RUNTIME_DIR: runtime } = environment
  if (host?.startsWith('unix://')) return host
  if (host) throw new Error(`DOCKER_HOST is ${host}; only unix:// sockets are supported.`)
  const places = [
    '/var/run/docker.sock',
    '/run/podman/podman.sock',
    ...(runtime ? [`${runtime}/podman/podman.sock`] : []),
  ]
  return `unix://${places.find(path => existsSync(path)) ?? places[0]}`
}
