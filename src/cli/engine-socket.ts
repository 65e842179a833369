import { existsSync } from 'node:fs'

/**
 * Where the container engine listens: `DOCKER_HOST` when it names a socket, else the first that is there of Docker's and Podman's
 * own places. Throws when DOCKER_HOST names something else.
 */
export function engineSocket(environment: Readonly<Record<string, string | undefined>>): string {
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
