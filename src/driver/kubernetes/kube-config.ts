import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'

/** How the API server of a cluster is reached, and as whom. */
export interface ClusterAccess {
  readonly server: string
  readonly namespace: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly skipVerify?: boolean
  /** Asked before each call: tokens of Pods are made anew within the hour. */
  token(): Promise<string | undefined>
}

interface Named<T> {
  readonly name: string
  readonly [kind: string]: T | string
}

interface Cluster {
  readonly server: string
  readonly 'certificate-authority'?: string
  readonly 'certificate-authority-data'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
}

interface User {
  readonly token?: string
  readonly tokenFile?: string
  readonly 'client-certificate'?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key'?: string
  readonly 'client-key-data'?: string
  readonly exec?: unknown
  readonly 'auth-provider'?: unknown
  readonly username?: string
}

interface Context {
  readonly cluster: string
  readonly user: string
  readonly namespace?: string
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** As the service account of the Pod that this program runs in. Source: Kubernetes, "Accessing the Kubernetes API from a Pod". */
export const accessInCluster = async (
  environment: Readonly<Record<string, string | undefined>>,
  directory = ACCOUNT,
): Promise<ClusterAccess> => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment
  if (!host) throw new Error('This is no Pod of a cluster: name one by kubeconfig')
  const read = (name: string) => readFile(resolve(directory, name), 'utf8').then(text => text.trim())
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: await read('namespace'),
    ca: await read('ca.crt'),
    token: () => read('token'),
  }
}

/** As a kubeconfig says; of its current context when none is named. Throws for what it does not hold, and for users that another program has to sign in. */
export const accessByFile = async (path: string, contextName?: string): Promise<ClusterAccess> => {
  const config = parse(await readFile(path, 'utf8')) as Record<string, readonly Named<unknown>[]> | undefined
  const fail = (what: string): never => {
    throw new Error(`${path} ${what}`)
  }
  const find = <T>(list: string, kind: string, name: string | undefined): T =>
    (config?.[list]?.find(one => one.name === name)?.[kind] ??
      fail(`has no ${kind} ${JSON.stringify(name ?? '')}`)) as T
  const current = contextName ?? (config?.['current-context'] as unknown as string | undefined)
  const context = find<Context>('contexts', 'context', current)
  const cluster = find<Cluster>('clusters', 'cluster', context.cluster)
  const user = find<User>('users', 'user', context.user)
  const unserved = (['exec', 'auth-provider', 'username'] as const).find(way => user[way] !== undefined)
  if (unserved) fail(`signs ${context.user} in by ${unserved}; a token or a client certificate is needed`)
  const content = async (data: string | undefined, file: string | undefined): Promise<string | undefined> => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString()
    return file === undefined ? undefined : readFile(resolve(dirname(path), file), 'utf8')
  }
  return {
    server: cluster.server,
    namespace: context.namespace ?? 'default',
    ca: await content(cluster['certificate-authority-data'], cluster['certificate-authority']),
    cert: await content(user['client-certificate-data'], user['client-certificate']),
    key: await content(user['client-key-data'], user['client-key']),
    skipVerify: cluster['insecure-skip-tls-verify'] ?? false,
    token: async () =>
      user.token ??
      (user.tokenFile ? (await readFile(resolve(dirname(path), user.tokenFile), 'utf8')).trim() : undefined),
  }
}
