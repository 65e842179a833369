import { generateKeyPairSync } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import type { Addresses } from './node-network.ts'

/** A node that this machine made. */
export interface MadeNode {
  /** Its folder, in which `placesOf` names what others use. */
  readonly place: string
  /** Folders of its programs, `kubectl` and `ctr` among them, as a PATH has them. */
  readonly programs: string
  /** Its first process, as this machine counts them. */
  readonly process: number
  readonly addresses: Addresses
}

/** Where things of a node lie below its folder, for who starts it and who uses it. */
export const placesOf = (place: string) => ({
  authority: join(place, 'certificates/apiserver.crt'),
  containerd: join(place, 'run/containerd.sock'),
  kubeconfig: join(place, 'kubeconfig'),
  logs: join(place, 'log'),
  registries: join(place, 'registries'),
})

interface NodeOptions {
  readonly place: string
  readonly token: string
  readonly addresses: Addresses
  /** Below which its containers are, in every hierarchy of cgroups. */
  readonly cgroup: string
  /** The folder of CNI's plugins. */
  readonly plugins: string
}

/** Writes what the parts of a node are told by files: `cluster/node.sh` names them. */
export async function writeNodeFiles(options: NodeOptions): Promise<void> {
  const { place, token } = options
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const files = {
    'tokens.csv': `${token},administrator,administrator,system:masters\n`,
    'accounts.pem': privateKey.export({ type: 'pkcs1', format: 'pem' }),
    'cni/10-pods.conflist': JSON.stringify(network(options)),
    'containerd.toml': containerd(options),
    'kubelet.yaml': stringify(kubelet(options)),
    kubeconfig: stringify(kubeconfig(options)),
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(place, name)), { recursive: true })
    await writeFile(join(place, name), content, { mode: 0o600 })
  }
  for (const folder of ['certificates', 'log', 'registries', 'root', 'run']) await mkdir(join(place, folder))
}

const kubeconfig = ({ place, token, addresses }: NodeOptions) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [
    {
      name: 'test',
      cluster: { server: `https://${addresses.node}`, 'certificate-authority': placesOf(place).authority },
    },
  ],
  users: [{ name: 'administrator', user: { token } }],
  contexts: [{ name: 'test', context: { cluster: 'test', user: 'administrator' } }],
  'current-context': 'test',
})

// Nothing outside reaches this kubelet, and only our own Pods run on it: what must not reach it is the harder to hold back.
const kubelet = ({ place, cgroup }: NodeOptions) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${cgroup}`,
  containerRuntimeEndpoint: `unix://${placesOf(place).containerd}`,
  evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
  failCgroupV1: false,
  failSwapOn: false,
  imageGCHighThresholdPercent: 100,
  makeIPTablesUtilChains: false,
  oomScoreAdj: 0,
  resolvConf: '',
  volumePluginDir: join(place, 'plugins'),
})

const containerd = ({ place, plugins }: NodeOptions) => `version = 2
root = "${place}/containerd"
state = "${place}/run/containerd"
[grpc]
  address = "${placesOf(place).containerd}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${plugins}"
    conf_dir = "${place}/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${placesOf(place).registries}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`

/** What holds a Pod's namespaces open: an image of our own, since none comes from anywhere. */
export const pauseImage = 'modelmart.test/pause:1'

const network = ({ addresses }: NodeOptions) => ({
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods',
      isGateway: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: addresses.pods }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
})
