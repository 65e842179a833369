import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { S3 } from '@aws-sdk/client-s3'
import { Client } from 'pg'
import { region } from '../../demo/clients.ts'
import { startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { startPostgres } from '../../setup/postgres.mjs'
import { openHelm } from './helm.ts'
import { kubectlIn } from './kubectl.ts'
import type { MadeNode } from './node-files.ts'
import { testCluster } from './test-cluster.ts'

const node = testCluster()?.node as MadeNode
const helm = node && (await openHelm())
const skip = helm ? false : 'it wants Helm, and a cluster that the tests made'
const namespace = 'shop'
const server = 'deployment/shop-modelmart'
const user = 10_001

describe('an installation by the Helm chart, on PostgreSQL and a bucket', { skip }, () => {
  const { kubectl, apply, close } = kubectlIn(namespace)
  const modelmart = (...words: string[]) =>
    kubectl('exec', server, '--', '/usr/bin/node', '/opt/modelmart/bin/modelmart.mjs', ...words)
  let place: string
  const ends: (() => unknown)[] = []
  let values: object
  let keys: { accessKeyId: string; secretAccessKey: string }

  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'modelmart-install-'))
    const postgres = await startPostgres()
    ends.push(postgres.stop)
    await query(`${postgres.url}postgres`, 'create database shop')
    const door = await openDoor(node.addresses.machine, Number(new URL(postgres.url).port))
    ends.push(() => door.close())
    const bucket = await openBucket(join(place, 'bucket'), node.addresses.machine)
    ends.push(bucket.stop)
    await kubectl('create', 'namespace', namespace)
    await secret('database', { url: `postgres://postgres@${addressOf(door)}/shop` })
    await secret('bucket', { 'access-key': bucket.accessKeyId, 'secret-key': bucket.secretAccessKey })
    await secret('root', { 'root-secret': randomBytes(32).toString('hex') })
    await apply(await volumeIn(join(place, 'volume')))
    values = {
      image: { repository: 'modelmart.test/modelmart', tag: '1' },
      database: { secret: 'database' },
      objects: { url: `s3://content/shop?endpoint=${bucket.url}&region=${region}`, secret: 'bucket' },
      rootSecret: { secret: 'root' },
      persistence: { storageClass: '-', size: '1Gi' },
      resources: {},
    }
  })
  after(async () => {
    await helm?.helm(['uninstall', 'shop', `--namespace=${namespace}`, '--ignore-not-found', '--wait'])
    await close()
    for (const end of ends.reverse()) await end()
    await kubectl('delete', 'persistentvolume', 'shop', '--ignore-not-found')
    await rm(place, { recursive: true, force: true })
  })

  const secret = (name: string, stringData: object) =>
    apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData })
  const install = (more: object = {}) =>
    helm?.helm(['upgrade', '--install', 'shop', helm.chart, `--namespace=${namespace}`, '--wait', '--timeout=3m'], {
      ...values,
      ...more,
    })
  /** By the one Pod's address. */
  const storage = async () => {
    const jsonpath = '--output=jsonpath={.items[0].status.podIP}'
    const address = await kubectl('get', 'pods', '--selector=app.kubernetes.io/instance=shop', jsonpath)
    return new S3({ endpoint: `http://${address}:8600`, region, credentials: keys, forcePathStyle: true })
  }
  const content = async () =>
    (await (await storage()).getObject({ Bucket: 'kept', Key: 'text' })).Body?.transformToString()

  it('is ready, as nobody in particular, and keeps what it is given', async () => {
    await install()
    assert.equal(await kubectl('exec', server, '--', '/bin/busybox', 'id', '-u'), `${user}`)
    await modelmart('account', 'create', 'seller')
    const told = await modelmart('env', 'seller')
    const value = (name: string) => new RegExp(`export ${name}='(.*)'`).exec(told)?.[1] ?? ''
    keys = { accessKeyId: value('AWS_ACCESS_KEY_ID'), secretAccessKey: value('AWS_SECRET_ACCESS_KEY') }
    const s3 = await storage()
    await s3.createBucket({ Bucket: 'kept' })
    await s3.putObject({ Bucket: 'kept', Key: 'text', Body: 'of the first server' })
    assert.equal(await content(), 'of the first server')
  })

  it('goes on where its Pod is gone, and with other settings', async () => {
    await kubectl('delete', 'pod', '--selector=app.kubernetes.io/instance=shop', '--force', '--grace-period=0')
    await kubectl('wait', '--for=condition=Available', server, '--timeout=120s')
    assert.equal(await content(), 'of the first server')
    await install({ settings: { 'log-level': 'debug' } })
    assert.match(await kubectl('exec', server, '--', '/bin/busybox', 'cat', '/etc/modelmart/modelmart.yaml'), /debug/)
    assert.equal(await content(), 'of the first server')
  })

  it('leaves its volume when it is taken away', async () => {
    await helm?.helm(['uninstall', 'shop', `--namespace=${namespace}`, '--wait'])
    assert.equal(await kubectl('get', 'deployments,services', '--output=name'), '')
    assert.equal(await kubectl('get', 'pvc', '--output=name'), 'persistentvolumeclaim/shop-modelmart')
  })
})

/** Another Modelmart, as an S3 that Pods reach. */
async function openBucket(data: string, host: string) {
  await mkdir(data)
  const server = await startServer({ data, engineSocket: 'unix:///nobody', flags: ['--host', host] })
  const keys = await server.account('content')
  const url = `http://${host}:${new URL(server.url).port}`
  const s3 = new S3({ endpoint: url, region, credentials: keys, forcePathStyle: true })
  await s3.createBucket({ Bucket: 'content' })
  return { ...keys, url, stop: server.stop }
}

/** Lets Pods in to what listens on this machine alone. */
async function openDoor(host: string, port: number): Promise<Server> {
  const server = createServer(socket => {
    // Whichever end breaks takes the other along.
    pipeline(socket, connect(port, '127.0.0.1'), socket, () => undefined)
  })
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  return server
}

const addressOf = (server: Server): string => {
  const { address, port } = server.address() as AddressInfo
  return `${address}:${port}`
}

const query = async (url: string, text: string): Promise<void> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(text)
  await client.end()
}

/** A volume as an operator makes one by hand. */
const volumeIn = async (path: string) => {
  await mkdir(path)
  await chown(path, user, user)
  return {
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'shop' } },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path },
      claimRef: { namespace, name: 'shop-modelmart' },
    },
  }
}
