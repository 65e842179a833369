import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, it } from 'node:test'
import { openS3Fixture } from './s3.fixture.ts'

const directory = await mkdtemp(join(tmpdir(), 's3-crash-'))
after(() => rm(directory, { recursive: true, force: true }))

/** The content that a write of this name had: whole, it can be told from any mix. */
const contentOf = (write: string, size: number): Buffer => Buffer.alloc(size, `${write};`)

const writers = `
  import { randomInt } from 'node:crypto'
  import { openS3Fixture } from ${JSON.stringify(new URL('./s3.fixture.ts', import.meta.url).href)}
  const { owner: { ask } } = await openS3Fixture(undefined, ${JSON.stringify(directory)})
  const Bucket = 'crash'
  await ask('CreateBucket', { Bucket })
  const sizes = [() => randomInt(16_000), () => 16_000 + randomInt(200_000), () => 2_000_000 + randomInt(2_000_000)]
  const inParts = async (Key, Body) => {
    const { UploadId } = await ask('CreateMultipartUpload', { Bucket, Key })
    const named = { Bucket, Key, UploadId }
    const { ETag } = await ask('UploadPart', { ...named, PartNumber: 1, Body })
    await ask('CompleteMultipartUpload', { ...named, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } })
  }
  await Promise.all(Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; ; round++) {
      const Key = writer + '/' + randomInt(3)
      const name = Date.now() + '-' + writer + '-' + round
      const size = sizes[Math.min(randomInt(4), 2)]()
      const remove = randomInt(6) === 0
      console.log(['begin', Key, remove ? 'removed' : name, size].join(' '))
      if (remove) await ask('DeleteObject', { Bucket, Key })
      else {
        const Body = Buffer.alloc(size, name + ';')
        await (randomInt(4) === 0 ? inParts(Key, Body) : ask('PutObject', { Bucket, Key, Body }))
      }
      console.log(['end', Key].join(' '))
    }
  }))`

interface Known {
  /** What was acknowledged last. */
  done: { name: string; size: number }
  /** What was begun after it. */
  begun?: { name: string; size: number }
}

it('has, after a kill at any time, of each object the last acknowledged content or the one that was being written', async () => {
  const known = new Map<string, Known>()
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writers], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let lines = 0
    for await (const line of createInterface({ input: child.stdout })) {
      const [kind, key = '', name = '', size] = line.split(' ')
      const state = known.get(key) ?? { done: { name: 'removed', size: 0 } }
      if (kind === 'begin') known.set(key, { ...state, begun: { name, size: Number(size) } })
      else if (state.begun) known.set(key, { done: state.begun })
      // Counted, not timed: a slow machine gets as far as a quick one. The moment within a write stays random.
      if (++lines === 60 + 60 * round) setTimeout(() => child.kill('SIGKILL'), randomInt(30))
    }
    const house = await openS3Fixture(undefined, directory)
    assert.deepEqual(await readdir(join(directory, 'blobs', 'incoming')), [])
    for (const [Key, { done, begun }] of known) {
      const found: Buffer | undefined = await house.owner.ask('GetObject', { Bucket: 'crash', Key }).then(
        got => got.Body,
        error => assert.equal(error.code, 'NoSuchKey'),
      )
      const is = ({ name, size }: { name: string; size: number }) =>
        name === 'removed' ? found === undefined : found?.equals(contentOf(name, size)) === true
      assert.ok(is(done) || (begun && is(begun)), `${Key} is neither ${done.name} nor ${begun?.name}`)
      const settled = begun && is(begun) ? begun : done
      known.set(Key, { done: settled })
    }
    await house.store.close()
  }
})
