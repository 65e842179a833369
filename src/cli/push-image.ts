import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ECR } from '@aws-sdk/client-ecr'

const run = promisify(execFile)

/** The container engine whose command line builds and pushes. */
export interface Engine {
  readonly engine: 'docker' | 'podman'
  readonly socket: string
}

/** Logs in with an authorization token of the account and pushes a local image, by name or id, with the engine's own command line. */
export async function pushImage(
  engine: Engine,
  image: string,
  repositoryUri: string,
  { ecr }: { readonly ecr: ECR },
  tag = '1.0.0',
): Promise<string> {
  const { authorizationData } = await ecr.getAuthorizationToken({})
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString()
  const password = token.slice(token.indexOf(':') + 1)
  const uri = `${repositoryUri}:${tag}`
  if (engine.engine === 'podman') {
    await run('podman', ['push', '--tls-verify=false', '--creds', `AWS:${password}`, image, `docker://${uri}`])
    return uri
  }
  const config = await mkdtemp(join(tmpdir(), 'modelmart-docker-'))
  try {
    const docker = (...words: string[]) =>
      run('docker', ['--config', config, '--host', `unix://${engine.socket.replace('unix://', '')}`, ...words])
    const login = docker('login', '--username', 'AWS', '--password-stdin', repositoryUri.split('/')[0] as string)
    login.child.stdin?.end(password)
    await login
    await docker('tag', image, uri)
    await docker('push', uri)
    await docker('rmi', uri)
  } finally {
    await rm(config, { recursive: true, force: true })
  }
  return uri
}
