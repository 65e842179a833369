import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { craftImage, craftIndex, writeLayout } from './crafted-image.fixture.ts'
import { type Fixture, newName, openFixture, region, rootOf, seller } from './registry.fixture.ts'
import { machineArchitecture } from './registry-platform.ts'

const run = promisify(execFile)

let fixture: Fixture
let directory: string
before(async () => {
  fixture = await openFixture()
  directory = await mkdtemp(join(tmpdir(), 'ecr-clients-'))
})
after(async () => {
  await fixture.close()
  await rm(directory, { recursive: true, force: true })
})

const password = (): string => fixture.tokens.issue({ principal: rootOf(seller), region }).password

async function newUri(): Promise<string> {
  const repositoryName = newName()
  type Created = { repository: { repositoryUri: string } }
  const { repository } = await fixture.call<Created>('CreateRepository', { repositoryName })
  return repository.repositoryUri
}

/** Runs a client that may be missing on this machine; other failures fail the test. */
async function client(t: TestContext, command: string, ...args: string[]): Promise<string | undefined> {
  try {
    return (
      await run(command, args, {
        env: {
          ...process.env,
          DOCKER_CONFIG: join(directory, 'docker'),
          REGISTRY_AUTH_FILE: join(directory, 'auth.json'),
        },
      })
    ).stdout
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    t.skip(`${command} is not installed`)
  }
}

async function engineRuns(command: string): Promise<boolean> {
  return run(command, ['info']).then(
    () => true,
    () => false,
  )
}

/** A layout with images for two platforms. */
async function multiArchitectureLayout(name: string) {
  const here = await craftImage([name, 'here'])
  const there = await craftImage([name, 'there'], { architecture: 'riscv64' })
  const index = craftIndex([
    { image: here, architecture: machineArchitecture },
    { image: there, architecture: 'riscv64' },
  ])
  await writeLayout(join(directory, name), index, [here, there])
  return { here, there, index, source: `oci:${join(directory, name)}:latest` }
}

test('skopeo pushes an index with its images, inspects, copies between repositories, pulls and deletes', async t => {
  const { index, here, source } = await multiArchitectureLayout('multi')
  const [uri, copy] = [await newUri(), await newUri()]
  const creds = `AWS:${password()}`
  const to = ['--dest-tls-verify=false', '--dest-creds', creds]
  const from = ['--src-tls-verify=false', '--src-creds', creds]
  const pushed = await client(t, 'skopeo', 'copy', '--all', ...to, source, `docker://${uri}:v1`)
  if (pushed === undefined) return
  await run('skopeo', ['copy', '--all', ...from, ...to, `docker://${uri}:v1`, `docker://${copy}:v2`])
  const read = ['--tls-verify=false', '--creds', creds]
  const { stdout: raw } = await run('skopeo', ['inspect', '--raw', ...read, `docker://${copy}:v2`])
  assert.equal(raw, index.manifest.bytes.toString())
  const { stdout: shown } = await run('skopeo', ['inspect', ...read, `docker://${copy}:v2`])
  assert.equal(JSON.parse(shown).Architecture, machineArchitecture)
  await run('skopeo', ['copy', ...from, `docker://${copy}:v2`, `oci:${join(directory, 'pulled')}:latest`])
  for (const { digest, bytes } of [here.manifest, ...here.blobs])
    assert.deepEqual(await readFile(join(directory, 'pulled', 'blobs', 'sha256', digest.slice(7))), bytes)
  await run('skopeo', ['delete', ...read, `docker://${copy}:v2`])
  await assert.rejects(
    run('skopeo', ['inspect', ...read, `docker://${copy}@${index.manifest.digest}`]),
    /manifest unknown/,
  )
})

test('docker logs in, pulls and pushes', async t => {
  if (!(await engineRuns('docker'))) return t.skip('no docker engine runs')
  await engineRoundTrip(t, 'docker', [])
})

test('podman logs in, pulls and pushes', async t => {
  if (!(await engineRuns('podman'))) return t.skip('podman does not run')
  await engineRoundTrip(t, 'podman', ['--tls-verify=false'])
})

/** Pulls what skopeo pushed, pushes it to another repository, and pulls that one again. */
async function engineRoundTrip(t: TestContext, engine: string, insecure: readonly string[]): Promise<void> {
  const { source } = await multiArchitectureLayout(engine)
  const [from, to] = [`${await newUri()}:v1`, `${await newUri()}:v2`]
  const creds = ['--dest-tls-verify=false', '--dest-creds', `AWS:${password()}`]
  const pushed = await client(t, 'skopeo', 'copy', '--all', ...creds, source, `docker://${from}`)
  if (pushed === undefined) return
  const login = ['login', ...insecure, '--username', 'AWS', '--password', password(), fixture.host]
  await client(t, engine, ...login)
  try {
    await client(t, engine, 'pull', ...insecure, from)
    await client(t, engine, 'tag', from, to)
    await client(t, engine, 'push', ...insecure, to)
    await client(t, engine, 'rmi', from, to)
    await client(t, engine, 'pull', ...insecure, to)
  } finally {
    await client(t, engine, 'rmi', to, from).catch(() => undefined)
    await client(t, engine, 'logout', fixture.host)
  }
  const [repositoryName = ''] = to.slice(`${fixture.host}/${seller}/`.length).split(':')
  type Listed = { imageIds: { imageTag: string }[] }
  const { imageIds } = await fixture.call<Listed>('ListImages', { repositoryName })
  assert.deepEqual(
    imageIds.map(id => id.imageTag),
    ['v2'],
  )
}

test('a push to a repository that was never created says so', async t => {
  const { source } = await multiArchitectureLayout('unknown')
  const to = ['--dest-tls-verify=false', '--dest-creds', `AWS:${password()}`]
  const push = client(t, 'skopeo', 'copy', ...to, source, `docker://${fixture.host}/${seller}/never/made:v1`)
  await assert.rejects(
    push,
    /The repository with name 'never\/made' does not exist in the registry with id '111111111111'/,
  )
})
