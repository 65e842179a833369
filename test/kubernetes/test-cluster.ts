import { delimiter } from 'node:path'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureKubernetes } from '../../setup/kubernetes.mjs'
import { makeCluster } from './made-cluster.ts'
import { type MadeNode, placesOf } from './node-files.ts'

/** What a test is told by its environment of the cluster that it has. */
export interface TestCluster {
  readonly kubeconfig: string
  /** Undefined where the cluster is somebody's own. */
  readonly node: MadeNode | undefined
}

export interface OpenCluster extends TestCluster {
  close(): Promise<void>
}

/** The cluster that KUBECONFIG names, or one made of this machine; or why there is none. */
export async function openCluster(): Promise<OpenCluster | { readonly missing: string }> {
  const named = process.env.KUBECONFIG
  if (named) return { kubeconfig: named, node: undefined, close: async () => undefined }
  const programs = await ensureKubernetes()
  if (programs.missing) return { missing: programs.missing }
  const { node, close } = await makeCluster(programs)
  return { kubeconfig: placesOf(node.place).kubeconfig, node, close }
}

const variable = 'MODELMART_TEST_NODE'

/** What the environment of tests says of their cluster; `kubectl` is then found and knows it. */
export const environmentOf = ({ kubeconfig, node }: TestCluster): NodeJS.ProcessEnv => ({
  KUBECONFIG: kubeconfig,
  ...(node && { PATH: node.programs + delimiter + process.env.PATH, [variable]: JSON.stringify(node) }),
})

/** What `environmentOf` told this process; undefined when nothing did. */
export const testCluster = (): TestCluster | undefined => {
  const { KUBECONFIG: kubeconfig, [variable]: node } = process.env
  return kubeconfig ? { kubeconfig, node: node ? (JSON.parse(node) as MadeNode) : undefined } : undefined
}
