import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { freePort } from '../../demo/free-port.ts'
// @ts-expect-error the set-up is plain JavaScript, since it also runs before anything is installed
import { ensureDebianBase } from '../../setup/images.mjs'
import { presentEngines } from '../e2e/engines.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
const docker = async (...words: string[]) => (await run('docker', words, { maxBuffer: 64 << 20 })).stdout.trim()
const engine = (await presentEngines()).find(({ engine }) => engine === 'docker')
const skip = engine ? false : 'Docker is not here'

/** What builds, where no registry has it: this machine's own npm on Node, with the authorities that this machine trusts. */
async function buildImage(place: string): Promise<string> {
  const npm = dirname(
    dirname((await run('readlink', ['-f', (await run('which', ['npm'])).stdout.trim()])).stdout.trim()),
  )
  const folder = join(place, 'build')
  await mkdir(folder)
  await copyFile(process.execPath, join(folder, 'node'))
  await cp(npm, join(folder, 'npm'), { recursive: true })
  await writeFile(join(folder, 'trusted.pem'), await readFile(process.env.NODE_EXTRA_CA_CERTS ?? '/dev/null'))
  const lines = [
    'FROM debian:bookworm-slim',
    'COPY node /usr/local/bin/node',
    'COPY npm /usr/local/lib/node_modules/npm',
    'COPY trusted.pem /etc/trusted.pem',
    'ENV NODE_EXTRA_CA_CERTS=/etc/trusted.pem',
    'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
  ]
  await writeFile(join(folder, 'Dockerfile'), lines.join('\n'))
  await docker('build', '--quiet', '--tag', 'modelmart-test-build', folder)
  return 'modelmart-test-build'
}

interface Service {
  readonly environment: Readonly<Record<string, string>>
  readonly network_mode: string
  readonly pid: string
  readonly cgroup: string
  readonly cap_add: readonly string[]
  readonly security_opt: readonly string[]
  readonly device_cgroup_rules: readonly string[]
  readonly volumes: readonly string[]
}

/** What `docker compose` makes of the service, as flags of `docker run`; with another data directory and port. */
async function composed(data: string, port: number): Promise<string[]> {
  const { services } = parse(await readFile(join(root, 'deploy/compose.yaml'), 'utf8'))
  const service = services.modelmart as Service
  const environment = { ...service.environment, MODELMART_DATA: data, MODELMART_PORT: `${port}` }
  const several = (flag: string, values: readonly string[]) => values.flatMap(value => [flag, value])
  return [
    ...['--network', service.network_mode, '--pid', service.pid, '--cgroupns', service.cgroup],
    ...several('--cap-add', service.cap_add),
    ...several('--security-opt', service.security_opt),
    ...several('--device-cgroup-rule', service.device_cgroup_rules),
    ...several(
      '--volume',
      service.volumes.map(volume => volume.replaceAll('/var/lib/modelmart', data)),
    ),
    ...several(
      '--env',
      Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ),
  ]
}

/** The image that `deploy/Dockerfile` makes, run as `deploy/compose.yaml` says, on the engine that it drives. */
describe('Modelmart in a container', { skip, timeout: 1_200_000 }, () => {
  const name = `modelmart-deployment-${process.pid}`
  let place = ''
  let data = ''
  let port = 0
  const modelmart = (...words: string[]) => docker('exec', name, 'modelmart', ...words)
  const untilReady = async () => {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(250)) {
      const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => ({ ok: false }))
      if (ok) return
    }
    throw new Error(await docker('logs', name))
  }

  before(async () => {
    await ensureDebianBase(engine)
    place = await mkdtemp(join(tmpdir(), 'modelmart-deployment-'))
    data = join(place, 'data')
    await mkdir(data)
    // As the root of a machine with systemd is: what is mounted in a container is seen outside.
    await run('mount', ['--bind', data, data])
    await run('mount', ['--make-rshared', data])
    const registry = (await run('npm', ['config', 'get', 'registry'])).stdout.trim()
    const given = [`BUILD_IMAGE=${await buildImage(place)}`, `NPM_CONFIG_REGISTRY=${registry}`]
    const words = ['--file', join(root, 'deploy/Dockerfile'), '--network', 'host', '--tag', name]
    await docker('build', '--quiet', ...given.flatMap(value => ['--build-arg', value]), ...words, root)
    port = await freePort()
    await docker('run', '--detach', '--name', name, ...(await composed(data, port)), name)
    await untilReady()
  })
  after(async () => {
    await docker('rm', '--force', name).catch(() => {})
    await docker('rmi', name).catch(() => {})
    await run('umount', ['--lazy', data])
    await rm(place, { recursive: true, force: true })
  })

  it('closes networks and bounds volumes as one beside the engine does', async () => {
    const told = await modelmart('doctor')
    assert.match(told, /^ok +isolation +a probe container could not get out$/m)
    assert.match(told, /^ok +volumes +VolumeSizeInGB is enforced by mounted volumes$/m)
    assert.doesNotMatch(told, /^FAIL/m)
  })

  const certify = async (...words: string[]) => {
    const env = { ...process.env, MODELMART_DATA: data, DOCKER_HOST: `unix://${engine?.socket}` }
    const program = join(root, 'bin/modelmart.mjs')
    const { stdout } = await run(process.execPath, [program, 'certify', ...words, '--json'], { env })
    return JSON.parse(stdout) as { certified: boolean }
  }

  it('certifies a product by its training and transform jobs, and serves it', async () => {
    assert.equal((await certify(join(root, 'examples/iris-trees'))).certified, true)
  })

  it('ends as it is asked to, and goes on with what it had', async () => {
    await docker('stop', '--time', '90', name)
    assert.equal(await docker('inspect', '--format', '{{.State.ExitCode}}', name), '0')
    await docker('start', name)
    await untilReady()
    assert.match(await modelmart('account', 'list'), /seller/)
    assert.equal((await certify(join(root, 'examples/iris-trees'))).certified, true)
  })
})
