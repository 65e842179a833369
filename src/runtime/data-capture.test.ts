import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../ground/errors.ts'
import { createDataCapture, type DataCaptureParts } from './data-capture.ts'
import type { CaptureRules, Route, RouteVariant } from './routing-table.ts'

const route: Route = { arn: 'arn', account: '1', region: 'us-east-1', name: 'one', variants: [] }
const variantWith = (more: Partial<CaptureRules>): RouteVariant => ({
  ...{ name: 'v', weight: 1, direct: false, products: [], instances: [] },
  capture: {
    ...{ percentage: 100, input: true, output: true, csv: ['text/csv'], json: [], destination: 's3://b/p', role: 'r' },
    ...more,
  },
})

/** A capture that writes into memory, or is refused. */
function world(refusal?: Error) {
  const files = new Map<string, string>()
  const told: string[] = []
  const parts = {
    iam: { assumeForService: async () => ({}) },
    objects: {
      async put(_as: unknown, bucket: string, key: string, body: Buffer) {
        if (refusal) throw refusal
        files.set(`${bucket}/${key}`, body.toString())
      },
    },
    logs: {
      append: async ({ stream }: { stream: string }, events: { message: string }[]) =>
        void told.push(...events.map(({ message }) => `${stream}: ${message}`)),
    },
  } as unknown as DataCaptureParts
  const capture = createDataCapture(parts)
  const take = (variant: RouteVariant, bytes = 2, of = route) =>
    capture.take(of, variant, {
      input: { contentType: 'text/csv', body: Buffer.alloc(bytes, 'i') },
      output: { contentType: 'text/csv', body: Buffer.alloc(bytes, 'o') },
    })
  return { capture, take, files, told }
}

describe('data capture', () => {
  it('writes a file for what came meanwhile, below endpoint, variant and hour', async () => {
    const { capture, take, files } = world()
    for (let count = 0; count < 3; count++) take(variantWith({}))
    await capture.close()
    const [[name, content] = ['', '']] = files
    assert.match(name, /^b\/p\/one\/v\/\d{4}\/\d\d\/\d\d\/\d\d\/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl$/)
    assert.equal(content.trim().split('\n').length, 3)
    assert.equal(files.size, 1)
  })

  it('takes the part of the invocations that is asked for', async () => {
    const { capture, take, files } = world()
    for (let count = 0; count < 1000; count++) take(variantWith({ percentage: 30 }))
    take(variantWith({ percentage: 0 }))
    take({ ...variantWith({}), capture: undefined } as unknown as RouteVariant)
    await capture.close()
    const lines = [...files.values()].join('').trim().split('\n').length
    assert.ok(lines > 200 && lines < 400, `${lines} of 1000`)
  })

  it('tells its owner what could not be written, and what was too much', async () => {
    const refused = world(new ServiceError('AccessDenied', 'not you'))
    refused.take(variantWith({}))
    await refused.capture.close()
    assert.deepEqual(refused.told, ['v/data-capture: 1 captured invocations could not be written to s3://b/p: not you'])
    const flood = world()
    for (let count = 0; count < 40; count++) flood.take(variantWith({}), 1024 * 1024)
    await flood.capture.close()
    const kept = [...flood.files.values()].join('').split('\n').length - 1
    const left = flood.told.map(line => Number(/: (\d+) invocations were not captured/.exec(line)?.[1]))
    assert.equal(kept + left.reduce((sum, count) => sum + count, 0), 40)
  })

  it('of bodies of 25 MB, into a bucket that refuses, keeps none and holds nothing, and tells both', async () => {
    const { capture, take, told } = world(new ServiceError('AccessDenied', 'not you'))
    for (let count = 0; count < 20; count++) take(variantWith({}), 25 * 1024 * 1024)
    // What refuses gives its memory back: an account's share comes again and again.
    for (let count = 0; count < 20; count++) {
      take(variantWith({}), 2 * 1024 * 1024)
      await new Promise(resolve => setImmediate(resolve))
    }
    await capture.close()
    const counted = (words: RegExp) => told.reduce((sum, line) => sum + Number(words.exec(line)?.[1] ?? 0), 0)
    const unwritten = counted(/: (\d+) captured invocations could not be written to s3:\/\/b\/p: not you/)
    assert.deepEqual([unwritten, counted(/: (\d+) invocations were not captured/)], [20, 20])
  })

  it('leaves room for what others capture', async () => {
    const { capture, take, told, files } = world()
    // None of it is written before all has come.
    for (let count = 0; count < 100; count++) take(variantWith({}), 1024 * 1024)
    for (let count = 0; count < 3; count++)
      take(variantWith({}), 1024 * 1024, { ...route, arn: 'arn:other', account: '2', name: 'other' })
    await capture.close()
    const [own, others] = [/^v\/data-capture: \d+ invocations were not captured/, /other/]
    assert.ok(told.length > 0 && told.every(line => own.test(line)))
    const ofOthers = [...files].filter(([name]) => others.test(name)).map(([, content]) => content)
    assert.equal(ofOthers.join('').split('\n').length - 1, 3)
  })
})
