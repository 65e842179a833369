import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** kubectl in a namespace, on the cluster that `KUBECONFIG` names. */
export function kubectlIn(namespace: string) {
  /** Resolves with what it writes, rejects with what it says. */
  const kubectl = async (...words: string[]): Promise<string> =>
    (await run('kubectl', ['--namespace', namespace, ...words], { maxBuffer: 16 << 20 })).stdout.trim()
  return {
    kubectl,
    /** Hands over an object. */
    async apply(object: object, ...flags: string[]): Promise<void> {
      const applied = run('kubectl', ['--namespace', namespace, 'apply', '--filename=-', ...flags])
      applied.child.stdin?.end(JSON.stringify(object))
      await applied
    },
    /** Removes the namespace with all in it. */
    close: () => kubectl('delete', 'namespace', namespace, '--wait=false', '--ignore-not-found'),
  }
}

/** A Pod of one container by the same name. */
export const podOf = (name: string, image: string, container: object = {}, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    containers: [{ name, image, ...container }],
    ...spec,
  },
})
