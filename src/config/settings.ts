import { availableParallelism } from 'node:os'
import { type Kind, kinds, mostWorkers } from './kind.ts'

export interface Setting {
  readonly kind: Kind
  readonly help: string
  /** As it would be typed; without one nothing is set. */
  readonly default?: string
  /** Instead of the default, where that depends on the machine. */
  readonly defaultSays?: string
  /** `all` of it is shown to nobody, or the password of the URL that it is. */
  readonly secret?: 'all' | 'password'
  /** For a secret that would be seen by all users of the machine. */
  readonly noFlag?: true
  /** Of every command that touches an installation, or of the server alone. */
  readonly of: 'installation' | 'server'
}

/**
 * Everything that can be set, by the one name that it has everywhere: `--invoke-port`, `MODELMART_INVOKE_PORT`, `invoke-port:` in
 * modelmart.yaml. Flags, help, checks, `modelmart config` and the table of docs/configuration.md are made from it.
 */
export const settings: Readonly<Record<string, Setting>> = {
  data: { of: 'installation', kind: kinds.path, default: 'data', help: 'data directory' },
  database: {
    of: 'installation',
    kind: kinds.postgres,
    secret: 'password',
    help: 'PostgreSQL database for the rows, which the data directory remembers; with a password rather not by the flag, which others see',
  },
  objects: {
    of: 'installation',
    kind: kinds.bucket,
    help: 'place in a bucket of any S3 for the content, which the installation remembers',
  },
  'objects-access-key': {
    of: 'installation',
    kind: kinds.text,
    defaultSays: 'what AWS clients find: their variables, a profile, the role of the machine or of the Pod',
    help: 'access key for that bucket',
  },
  'objects-secret-key': { of: 'installation', kind: kinds.text, secret: 'all', noFlag: true, help: 'its secret' },
  'objects-secret-key-file': { of: 'installation', kind: kinds.path, help: 'holds this secret, instead' },
  'objects-cache': {
    of: 'installation',
    kind: kinds.gibibytes,
    default: '10',
    help: 'what files of this machine may hold of the content in a bucket, in GiB',
  },
  'root-secret': {
    of: 'installation',
    kind: kinds.rootSecret,
    secret: 'all',
    noFlag: true,
    help: 'seals the secrets in the database; a file of the data directory has it otherwise',
  },
  'root-secret-file': { of: 'installation', kind: kinds.path, help: 'holds the root secret, instead' },
  engine: {
    of: 'installation',
    kind: kinds.engine,
    defaultSays: 'Docker or Podman, whichever is there',
    help: 'what runs containers',
  },
  'engine-socket': {
    of: 'installation',
    kind: kinds.socket,
    defaultSays: 'what `DOCKER_HOST` says, else the socket of Docker or Podman that is there',
    help: 'where the container engine listens',
  },
  'engine-outside': {
    of: 'installation',
    kind: kinds.onOff,
    default: 'false',
    help: 'this program is in a container whose engine is outside: what that has to see of it is copied into the data directory, which is to have the same path there',
  },
  kubeconfig: {
    of: 'installation',
    kind: kinds.path,
    defaultSays: 'the account of the Pod that this program runs in',
    help: 'how the cluster is reached, with engine kubernetes',
  },
  'kubernetes-context': {
    of: 'installation',
    kind: kinds.text,
    defaultSays: 'its current one',
    help: 'context of the kubeconfig',
  },
  'kubernetes-namespace': {
    of: 'installation',
    kind: kinds.text,
    defaultSays: 'that of the context, or of the own Pod',
    help: 'namespace of the Pods that run containers',
  },
  'kubernetes-agent-image': {
    of: 'installation',
    kind: kinds.text,
    help: 'image of Modelmart, of the same version, as the nodes of the cluster pull it: what closes Pods and carries their files',
  },
  'kubernetes-node-selector': {
    of: 'installation',
    kind: kinds.labels,
    help: 'labels of the nodes that may run containers',
  },
  'kubernetes-tolerations': {
    of: 'installation',
    kind: kinds.tolerations,
    help: 'taints of nodes that keep no container away',
  },
  'kubernetes-runtime-class': {
    of: 'installation',
    kind: kinds.text,
    help: 'RuntimeClass of the Pods, as of gVisor or Kata Containers',
  },
  'kubernetes-gpu-resource': {
    of: 'installation',
    kind: kinds.text,
    default: 'nvidia.com/gpu',
    help: 'what a device plugin calls a GPU',
  },
  'kubernetes-user-namespaces': {
    of: 'installation',
    kind: kinds.onOff,
    default: 'false',
    help: 'give each Pod a user namespace of its own; needs nodes that can (containerd 2)',
  },
  'kubernetes-cpu-share': {
    of: 'installation',
    kind: kinds.share,
    default: '1',
    help: 'how much of its CPUs a Pod reserves; with less than 1 more Pods fit on a node, and share what they do not use',
  },
  'log-level': {
    of: 'installation',
    kind: kinds.logLevel,
    default: 'warn',
    help: 'the least that is logged, to standard error',
  },
  'log-format': {
    of: 'installation',
    kind: kinds.logFormat,
    default: 'json',
    help: 'a JSON object a line, or lines for people',
  },
  port: { of: 'server', kind: kinds.port, default: '8600', help: 'port; 0 takes any free one' },
  host: { of: 'server', kind: kinds.text, default: '127.0.0.1', help: 'address to listen on' },
  'public-url': {
    of: 'server',
    kind: kinds.origin,
    defaultSays: 'where it listens, as `localhost`',
    help: 'what the world calls the server, as by a proxy that speaks TLS: image URIs, links, layers and profiles are made of it',
  },
  'peer-url': {
    of: 'server',
    kind: kinds.origin,
    defaultSays: 'alone on its database',
    help: 'where the other servers on the database reach this one: one of them works, all of them answer; each has its own, and all have the same database, bucket and public-url, and the same data directory, or beside Kubernetes the same root-secret',
  },
  'invoke-workers': {
    of: 'server',
    kind: kinds.workers,
    default: String(Math.min(mostWorkers, availableParallelism())),
    defaultSays: 'one a processor',
    help: 'processes that answer invocations, as long as there are endpoints, so that nothing else is felt by who invokes; with 0 the server does',
  },
  'invoke-port': {
    of: 'server',
    kind: kinds.port,
    defaultSays: 'the one after `port`, or any free one when that is taken',
    help: 'port of invocations alone',
  },
  'metering-sync': {
    of: 'server',
    kind: kinds.meteringSync,
    default: 'before',
    help: 'whether the disk has what an answer of a product costs before the answer is given, or a moment after: quicker, and a power cut takes the last ones',
  },
  'serverless-idle': {
    of: 'server',
    kind: kinds.seconds,
    default: '300',
    help: 'seconds that nobody has to ask a serverless endpoint before its container stops',
  },
  'allow-unisolated': {
    of: 'server',
    kind: kinds.onOff,
    default: 'false',
    help: 'run seller code even if the isolation probe gets out',
  },
  'allow-signature-2': {
    of: 'server',
    kind: kinds.onOff,
    default: 'false',
    help: 'take S3 URLs presigned with signature version 2 (HMAC-SHA1), which AWS retired',
  },
  'account-rate': {
    of: 'server',
    kind: kinds.rate,
    default: '5000',
    help: 'requests a second an account may make, on the average; 0 for no limit',
  },
  'address-rate': {
    of: 'server',
    kind: kinds.rate,
    default: '10000',
    help: 'requests a second that may come from one address; 0 for no limit, as behind a proxy, which is one address',
  },
  'metrics-token-file': {
    of: 'server',
    kind: kinds.path,
    help: 'holds the token that /metrics and the details of /healthz want to be shown; open to all otherwise',
  },
  'tls-cert': {
    of: 'server',
    kind: kinds.path,
    help: 'certificate with its chain, PEM: https instead of http; read again when it changes',
  },
  'tls-key': { of: 'server', kind: kinds.path, help: 'its private key, PEM' },
  'aws-names': {
    of: 'server',
    kind: kinds.onOff,
    default: 'false',
    help: 'answer by AWS’s own names too (sts.us-east-1.amazonaws.com), with certificates of the authority that `modelmart tls` made',
  },
  'allow-plain-sign-in': {
    of: 'server',
    kind: kinds.onOff,
    default: 'false',
    help: 'take console passwords over plain http from other machines, where others may read them on their way',
  },
  'openid-hosts': {
    of: 'server',
    kind: kinds.hosts,
    default: '',
    help: 'hosts of OpenID Connect providers that may have addresses which are not public',
  },
  'objects-redirect': {
    of: 'server',
    kind: kinds.onOff,
    default: 'false',
    help: 'send who pulls layers to the bucket, by presigned URLs: it must be in reach of engines and build machines',
  },
  'container-hosts': {
    of: 'server',
    kind: kinds.hostsWithPort,
    default: '',
    help: 'where containers that are not isolated may connect to, besides this server: packages.example.com:443',
  },
  'allow-outgoing': {
    of: 'server',
    kind: kinds.networks,
    default: '',
    help: 'networks where receivers of notifications may stand although they are not public: 10.0.0.0/8',
  },
  'smtp-url': {
    of: 'server',
    kind: kinds.mailServer,
    secret: 'password',
    help: 'mail server, for e-mail subscriptions and for what the market writes to accounts; with a password rather not by the flag, which others see',
  },
  'mail-from': { of: 'server', kind: kinds.text, help: 'the address that this mail is from' },
}

/** In the environment. */
export const variableOf = (name: string): string => `MODELMART_${name.replaceAll('-', '_').toUpperCase()}`

/** Not for operators: tests set them. */
const othersOfOurs = ['MODELMART_CONFIG', 'MODELMART_CHECK_ANSWERS', 'MODELMART_CALL_LEDGER']

/** Variables that look like settings and are none, tests' own aside. */
export function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set([...Object.keys(settings).map(variableOf), ...othersOfOurs])
  return Object.keys(environment)
    .filter(name => name.startsWith('MODELMART_') && !name.startsWith('MODELMART_TEST_') && !known.has(name))
    .sort()
}
