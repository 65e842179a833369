import { createHmac } from 'node:crypto'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OnVisit } from '../container-door.ts'
import { createImageServer, type ImageServer } from './image-server.ts'
import { createKubeClient } from './kube-client.ts'
import { accessByFile, accessInCluster } from './kube-config.ts'
import { createKubernetesDriver, type KubernetesDriver } from './kubernetes.ts'
import type { PodPlace } from './pod.ts'

/** What an operator says of a cluster. */
export interface ClusterSettings extends Omit<PodPlace, 'installation' | 'namespace'> {
  /** A file; as the Pod that the server runs in when absent. */
  readonly kubeconfig?: string
  /** Of the file; its current one when absent. */
  readonly context?: string
  /** That of the context or of the server's own Pod when absent. */
  readonly namespace?: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface KubernetesOptions {
  readonly installation: string
  /** The installation's own; keys of Pods are derived from it. */
  readonly rootSecret: Buffer
  /** `https://HOST`: where the nodes pull images from this server. */
  readonly imagesUrl: string
  /** A directory that remembers which images were looked through. */
  readonly marks: string
  /** The directory of the files of workloads. */
  readonly work: string
  readonly onError?: (error: Error) => void
  readonly onVisit?: OnVisit
  readonly doorEnvironment?: Readonly<Record<string, string>>
}

/** A driver and what nodes pull its images from: a listener for the requests that `isForNodes` knows. */
export interface ClusterImages {
  readonly images: ImageServer
  open(settings: ClusterSettings): Promise<KubernetesDriver>
}

export const clusterImages = (options: KubernetesOptions): ClusterImages => {
  const secret = createHmac('sha256', options.rootSecret).update('pods').digest()
  const markOf = (digest: string) => join(options.marks, digest.replace(':', '-'))
  const images = createImageServer({
    host: () => new URL(options.imagesUrl).host,
    secret,
    seen: {
      has: digest =>
        stat(markOf(digest)).then(
          () => true,
          () => false,
        ),
      async add(digest) {
        await mkdir(options.marks, { recursive: true })
        await writeFile(markOf(digest), '')
      },
    },
  })
  return {
    images,
    async open({ kubeconfig, context, namespace: named, environment, ...place }) {
      const access = await (kubeconfig ? accessByFile(kubeconfig, context) : accessInCluster(environment))
      const namespace = named ?? access.namespace
      const { installation, work, onError, onVisit, doorEnvironment } = options
      return createKubernetesDriver({
        client: createKubeClient(access, namespace),
        place: { ...place, installation, namespace },
        ...{ secret, work, images },
        ...(onError && { onError }),
        ...(onVisit && { onVisit }),
        ...(doorEnvironment && { doorEnvironment }),
      })
    },
  }
}
