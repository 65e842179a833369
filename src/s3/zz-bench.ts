import { randomBytes } from 'node:crypto'
import { openS3House } from './s3-house.ts'
const house = await openS3House()
const { ask } = house.owner
await ask('CreateBucket', { Bucket: 'bench' })
const body = randomBytes(4096)
const time = async (name: string, count: number, work: (i: number) => Promise<unknown>, par = 1) => {
  const t = performance.now()
  let next = 0
  await Promise.all(Array.from({ length: par }, async () => { while (next < count) await work(next++) }))
  const s = (performance.now() - t) / 1000
  console.log(name, 'par', par, Math.round(count / s), '/s', (s / count * 1000).toFixed(3), 'ms')
}
const put = (i: number) => ask('PutObject', { Bucket: 'bench', Key: `k${i}`, Body: body })
await time('put warm', 500, put)
await time('put', 2000, put)
await time('put', 4000, put, 16)
await time('get', 5000, i => ask('GetObject', { Bucket: 'bench', Key: `k${i % 2000}` }))
await time('get', 5000, i => ask('GetObject', { Bucket: 'bench', Key: `k${i % 2000}` }), 16)
await time('head', 5000, i => ask('HeadObject', { Bucket: 'bench', Key: `k${i % 2000}` }))
await time('put 32K', 1000, i => ask('PutObject', { Bucket: 'bench', Key: `m${i}`, Body: randomBytes(32768) }))
await time('put 32K', 1000, i => ask('PutObject', { Bucket: 'bench', Key: `m${i}`, Body: randomBytes(32768) }), 16)
const big = randomBytes(64 << 20)
const chunks = Array.from({ length: 1024 }, (_, i) => big.subarray(i << 16, (i + 1) << 16))
const { Readable } = await import('node:stream')
for (const sum of [{}, { ChecksumSHA256: (await import('node:crypto')).createHash('sha256').update(big).digest('base64') }]) await time('put 64M ' + Object.keys(sum), 5, i => ask('PutObject', { Bucket: 'bench', Key: `b${i}`, Body: Readable.from(chunks), ...sum }))
await time('get 64M', 5, i => ask('GetObject', { Bucket: 'bench', Key: `b${i}` }))
await time('list', 50, () => ask('ListObjectsV2', { Bucket: 'bench' }))
await house.close()
