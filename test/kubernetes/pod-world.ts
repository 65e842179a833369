import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../demo/free-port.ts'
import { startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureEngine } from '../../setup/engine.mjs'
// @ts-expect-error as above
import { ensureExample } from '../../setup/images.mjs'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { removeVolumes } from '../../src/workload/volume.ts'
import type { PresentEngine } from '../e2e/engines.ts'
import { until } from '../e2e/until.ts'
import type { Example, World } from '../e2e/world.ts'
import { kubectlIn } from './kubectl.ts'
import { leadLocalhost } from './plain-registry.ts'
import { openPodView, type PodView } from './pod-view.ts'
import type { TestCluster } from './test-cluster.ts'

export type PodWorld = Omit<World, 'view'> & { readonly view: PodView }

/** A server whose containers are Pods of a made cluster, in a namespace of its own; what a seller builds images with is this machine's. */
export async function openPodWorld(
  { kubeconfig, node, image: agent }: TestCluster,
  example: Example,
): Promise<PodWorld> {
  assert.ok(node && agent)
  const engine = (await ensureEngine({})) as PresentEngine
  const image = (await ensureExample(engine, example)) as string
  const data = await mkdtemp(join(tmpdir(), 'modelmart-pods-'))
  const namespace = `pods-${randomBytes(4).toString('hex')}`
  const { kubectl, close: removeNamespace } = kubectlIn(namespace)
  await kubectl('create', 'namespace', namespace)
  const port = await freePort()
  const server = await startServer({
    ...{ data, port },
    flags: [
      ...['--host', '0.0.0.0', '--public-url', `https://localhost:${port}`],
      ...['--engine', 'kubernetes', '--kubeconfig', kubeconfig, '--kubernetes-namespace', namespace],
      ...['--kubernetes-agent-image', agent, '--kubernetes-cpu-share', '0.05'],
    ],
  })
  const unlead = await leadLocalhost(node, port)
  const view = openPodView(namespace)
  return {
    ...{ engine, server, image, view },
    async leavesNothing() {
      const look = async () => ({
        pods: (await view.pods()).map(({ name, phase }) => `${phase} ${name}`),
        secrets: await kubectl('get', 'secrets', '--output=name'),
        workDirectories: await readdir(dataDirectory(data).work),
      })
      const isEmpty = ({ pods, secrets, workDirectories }: Awaited<ReturnType<typeof look>>) =>
        pods.length + secrets.length + workDirectories.length === 0
      await until('nothing is left behind', look, isEmpty, 60)
    },
    async close() {
      await server.stop()
      for (const { name } of await view.pods()) await view.remove(name)
      view.close()
      unlead()
      await removeNamespace()
      await removeVolumes(dataDirectory(data).work)
      await rm(data, { recursive: true, force: true })
    },
  }
}
