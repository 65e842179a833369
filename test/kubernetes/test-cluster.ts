import { delimiter } from 'node:path'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureKubernetes } from '../../setup/kubernetes.mjs'
import { makeCluster } from './made-cluster.ts'
import { importModelmart, modelmartImage } from './modelmart-image.ts'
import { type MadeNode, placesOf } from './node-files.ts'

/** What a test is told by its environment of the cluster that it has. */
export interface TestCluster {
  readonly kubeconfig: string
  /** Undefined where the cluster is somebody's own. */
  readonly node: MadeNode | undefined
  /** Of Modelmart, as the cluster has it or pulls it; undefined where the cluster is somebody's own and MODELMART_TEST_IMAGE says none. */
  readonly image: string | undefined
}

export interface OpenCluster extends TestCluster {
  close(): Promise<void>
}

/** The cluster that KUBECONFIG names, or one made of this machine; or why there is none. */
export async function openCluster(): Promise<OpenCluster | { readonly missing: string }> {
  const named = process.env.KUBECONFIG
  if (named) return { kubeconfig: named, node: undefined, image: process.env[ownImage], close: async () => undefined }
  const programs = await ensureKubernetes()
  if (programs.missing) return { missing: programs.missing }
  const { node, close } = await makeCluster(programs)
  await importModelmart(node)
  return { kubeconfig: placesOf(node.place).kubeconfig, node, image: modelmartImage, close }
}

const [variable, ownImage] = ['MODELMART_TEST_NODE', 'MODELMART_TEST_IMAGE']

/** What the environment of tests says of their cluster; `kubectl` is then found and knows it. */
export const environmentOf = ({ kubeconfig, node, image }: TestCluster): NodeJS.ProcessEnv => ({
  KUBECONFIG: kubeconfig,
  ...(image && { [ownImage]: image }),
  ...(node && { PATH: node.programs + delimiter + process.env.PATH, [variable]: JSON.stringify(node) }),
})

/** What `environmentOf` told this process; undefined when nothing did. */
export const testCluster = (): TestCluster | undefined => {
  const { KUBECONFIG: kubeconfig, [variable]: node, [ownImage]: image } = process.env
  return kubeconfig ? { kubeconfig, node: node ? (JSON.parse(node) as MadeNode) : undefined, image } : undefined
}
