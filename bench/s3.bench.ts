import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { compared } from './api.bench.ts'
import type { Bench, Figure } from './bench.ts'
import { load } from './load.ts'
import { fillBucket, keyOf } from './many-keys.ts'
import { startMoto } from './moto.ts'
import { temporaryDirectory } from './place.ts'
import { peakRssMiB } from './process-memory.ts'
import { alternate, timed } from './rounds.ts'
import type { Stage } from './stage.ts'
import { createSigner } from './wire-request.ts'

const rounds = 3
const connections = 16
const objects = 500
const kibibyte = 1024
const mebibyte = 1024 * 1024
const largeMiB = 64
const run = promisify(execFile)

/** Objects by signed HTTP: small ones against moto, large ones against what the machine can do, listings and memory. */
export const s3Bench: Bench = {
  name: 's3',
  run: async stage => [
    ...(await smallObjects(stage)),
    ...(await largeObjects(stage)),
    await listing(stage),
    await memory(stage),
  ],
}

type Ask = (method: string, path: string, body?: Buffer, headers?: Readonly<Record<string, string>>) => Promise<Buffer>

/** Signed requests for paths of the seller's bucket. */
async function signerOf(stage: Stage, url: string): Promise<Ask> {
  const { clients, bucket } = await stage.seller()
  const sign = createSigner(url, 's3', clients.credentials)
  return (method, path, body, headers) =>
    sign({ method, path: `/${bucket}${path}`, ...(body && { body }), ...(headers && { headers }) })
}

async function smallObjects(stage: Stage): Promise<Figure[]> {
  const [{ url }, moto] = [await stage.server(), await startMoto()]
  const asks = new Map<string, Ask>([[url, await signerOf(stage, url)]])
  if (moto) {
    const ask = await signerOf(stage, moto.url)
    asks.set(moto.url, ask)
    await load(moto.url, { requests: [await ask('PUT', '')], connections: 1, count: 1 })
  }
  const perSecond = async (at: string, requests: readonly Promise<Buffer>[]): Promise<number> =>
    (await load(at, { requests: await Promise.all(requests), connections, seconds: 1 })).perSecond
  const signed = (at: string, method: string, index: number, body?: Buffer) =>
    (asks.get(at) as Ask)(method, `/small/${index}`, body)
  const put = (at: string) =>
    perSecond(
      at,
      Array.from({ length: objects }, (_, index) => signed(at, 'PUT', index, randomBytes(4 * kibibyte))),
    )
  const get = (at: string) =>
    perSecond(
      at,
      Array.from({ length: 100 }, (_, index) => signed(at, 'GET', index)),
    )
  const peer = (work: (at: string) => Promise<number>) => () => (moto ? work(moto.url) : Promise.resolve(Number.NaN))
  const taken = await alternate(rounds, {
    put: () => put(url),
    motoPut: peer(put),
    get: () => get(url),
    motoGet: peer(get),
  })
  await moto?.stop()
  return [
    compared(`S3 PUT of 4 KiB, ${connections} connections`, taken.put, moto && taken.motoPut),
    compared(`S3 GET of 4 KiB, ${connections} connections`, taken.get, moto && taken.motoGet),
  ]
}

/**
 * One object at a time, with the CRC-32 that the SDKs send. A put is told its MD5, which one thread computes, so `md5sum` alone on the
 * same bytes says what no server can pass.
 */
async function largeObjects(stage: Stage): Promise<Figure[]> {
  const { url } = await stage.server()
  const ask = await signerOf(stage, url)
  const place = await temporaryDirectory()
  const content = randomBytes(largeMiB * mebibyte)
  const source = join(place.path, 'source')
  await writeFile(source, content)
  const one = async (request: Buffer): Promise<number> =>
    largeMiB * (await load(url, { requests: [request], connections: 1, count: 1 })).perSecond
  const taken = await alternate(rounds, {
    put() {
      // New each time, since equal contents are stored once.
      randomBytes(kibibyte).copy(content)
      const sum = Buffer.alloc(4)
      sum.writeUInt32BE(crc32(content))
      return ask('PUT', '/large', content, { 'x-amz-checksum-crc32': sum.toString('base64') }).then(one)
    },
    get: () => ask('GET', '/large').then(one),
    dd: () => ddSpeed(source, join(place.path, 'copy')),
    md5: async () => largeMiB / (await timed(() => run('md5sum', [source]))),
  })
  await place.remove()
  const work = { put: `S3 PUT of ${largeMiB} MiB`, get: `S3 GET of ${largeMiB} MiB` }
  const dd = { against: 'dd with fsync', unit: 'MiB/s', theirs: taken.dd, judged: 'ratio', atLeast: 0.5 } as const
  return [
    { work: work.put, ours: taken.put, ...dd },
    { work: work.put, ours: taken.put, against: 'md5sum alone', unit: 'MiB/s', theirs: taken.md5, judged: 'ratio' },
    { work: work.get, ours: taken.get, ...dd },
  ]
}

/** Pages of a thousand keys from the middle of a bucket, against those of a bucket that has little more. */
async function listing(stage: Stage): Promise<Figure> {
  const [{ url, data }, { clients }] = [await stage.server(), await stage.seller()]
  const many = stage.full ? 1_000_000 : 100_000
  const few = 2000
  for (const [bucket, count] of [
    ['bench-many', many],
    ['bench-few', few],
  ] as const)
    await fillBucket(clients.s3, data, bucket, count)
  const sign = createSigner(url, 's3', clients.credentials)
  const pages = (bucket: string, count: number) => async () => {
    const path = `/${bucket}?list-type=2&start-after=${encodeURIComponent(keyOf(count / 2))}`
    const request = await sign({ method: 'GET', path })
    return (await load(url, { requests: [request], connections: 1, count: 30 })).p50Ms
  }
  const taken = await alternate(rounds, { many: pages('bench-many', many), few: pages('bench-few', few) })
  const work = `S3 LIST, a page in the midst of ${many.toLocaleString('en-US')} keys`
  const against = `of ${few.toLocaleString('en-US')} keys`
  return { work, against, unit: 'ms', ours: taken.many, theirs: taken.few, judged: 'ratio', atMost: 2 }
}

/** What the server holds at most while 64 clients put and then get objects at once, as much as it would with larger ones. */
async function memory(stage: Stage): Promise<Figure> {
  const { url, pid } = await stage.server()
  const ask = await signerOf(stage, url)
  const clients = 64
  const size = stage.full ? 64 : 16
  const requests = [await ask('PUT', '/memory', randomBytes(size * mebibyte)), await ask('GET', '/memory')]
  const peak = () =>
    peakRssMiB(pid, async () => {
      for (const request of requests) await load(url, { requests: [request], connections: clients, count: clients })
    })
  const { ours } = await alternate(2, { ours: peak })
  const work = `Memory, ${clients} clients put and get ${size} MiB each at once`
  return { work, unit: 'MiB', ours, judged: 'value', atMost: 512 }
}

/** MiB/s as dd itself measures them. */
async function ddSpeed(from: string, to: string): Promise<number> {
  const options = { env: { ...process.env, LC_ALL: 'C' } }
  const { stderr } = await run('dd', [`if=${from}`, `of=${to}`, 'bs=1M', 'conv=fsync'], options)
  return largeMiB / Number(/, ([\d.e-]+) s,/.exec(stderr)?.[1])
}
