import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compared } from './api.bench.ts'
import type { Bench } from './bench.ts'
import { load } from './load.ts'
import { startMoto } from './moto.ts'
import { temporaryDirectory } from './place.ts'
import { alternate } from './rounds.ts'
import { createSigner } from './wire-request.ts'

const rounds = 3
const connections = 16
const puts = 500
const kibibyte = 1024
const mebibyte = 1024 * 1024
const largeMiB = 64
const run = promisify(execFile)

/** Small and large objects by signed HTTP. Contents are new each time, since equal contents are stored once. */
export const s3Bench: Bench = {
  name: 's3',
  async run(stage) {
    const [{ url }, { clients, bucket }] = [await stage.server(), await stage.seller()]
    const moto = await startMoto()
    const signers = new Map(
      [url, ...(moto ? [moto.url] : [])].map(at => [at, createSigner(at, 's3', clients.credentials)]),
    )
    const signed = (at: string, method: string, key: string, body?: Buffer) =>
      (signers.get(at) as ReturnType<typeof createSigner>)({ method, path: `/${bucket}${key}`, ...(body && { body }) })
    if (moto) await load(moto.url, { requests: [await signed(moto.url, 'PUT', '')], connections: 1, count: 1 })

    const putSmall = async (at: string): Promise<number> => {
      const bodies = Array.from({ length: puts }, () => randomBytes(4 * kibibyte))
      const requests = await Promise.all(bodies.map((body, index) => signed(at, 'PUT', `/small/${index}`, body)))
      return (await load(at, { requests, connections, count: puts })).perSecond
    }
    const getSmall = async (at: string): Promise<number> => {
      const keys = Array.from({ length: 100 }, (_, index) => `/small/${index}`)
      const requests = await Promise.all(keys.map(key => signed(at, 'GET', key)))
      return (await load(at, { requests, connections, seconds: 1 })).perSecond
    }
    const one = async (request: Buffer): Promise<number> =>
      largeMiB * (await load(url, { requests: [request], connections: 1, count: 1 })).perSecond
    const place = await temporaryDirectory()
    const content = randomBytes(largeMiB * mebibyte)
    const source = join(place.path, 'source')
    await writeFile(source, content)

    const peer = (work: (at: string) => Promise<number>) => () => (moto ? work(moto.url) : Promise.resolve(Number.NaN))
    const taken = await alternate(rounds, {
      putSmall: () => putSmall(url),
      motoPutSmall: peer(putSmall),
      getSmall: () => getSmall(url),
      motoGetSmall: peer(getSmall),
      async putLarge() {
        randomBytes(kibibyte).copy(content)
        return one(await signed(url, 'PUT', '/large', content))
      },
      async getLarge() {
        return one(await signed(url, 'GET', '/large'))
      },
      dd: () => ddSpeed(source, join(place.path, 'copy')),
    })
    await moto?.stop()
    await place.remove()
    const large = { against: 'dd with fsync', unit: 'MiB/s', theirs: taken.dd, judged: 'ratio', atLeast: 0.5 } as const
    return [
      compared(`S3 PUT of 4 KiB, ${connections} connections`, taken.putSmall, moto && taken.motoPutSmall),
      compared(`S3 GET of 4 KiB, ${connections} connections`, taken.getSmall, moto && taken.motoGetSmall),
      { work: `S3 PUT of ${largeMiB} MiB`, ours: taken.putLarge, ...large },
      { work: `S3 GET of ${largeMiB} MiB`, ours: taken.getLarge, ...large },
    ]
  },
}

/** MiB/s as dd itself measures them. */
async function ddSpeed(from: string, to: string): Promise<number> {
  const options = { env: { ...process.env, LC_ALL: 'C' } }
  const { stderr } = await run('dd', [`if=${from}`, `of=${to}`, 'bs=1M', 'conv=fsync'], options)
  return largeMiB / Number(/, ([\d.e-]+) s,/.exec(stderr)?.[1])
}
