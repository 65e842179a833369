import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { quietLog } from './command-context.ts'

function logged(logFormat: 'json' | 'text', logLevel?: string): string {
  const err = new PassThrough()
  const log = quietLog({ data: '', environment: {}, out: err, err, logFormat, logLevel })
  log.info('nobody hears this')
  log.warn({ port: 1, path: '/a b', plain: 'x' }, 'first\nsecond "quoted"')
  log.error({ err: new Error('broken') }, 'it failed')
  return `${err.read()}`
}

test('lines for people: one for each event, and an error’s stack below it', () => {
  const [first, second, ...stack] = logged('text').split('\n')
  assert.match(first ?? '', /^20\d\d-\S+Z WARN {2}first\\nsecond "quoted" {2}port=1 path="\/a b" plain=x$/)
  assert.match(second ?? '', /^\S+Z ERROR it failed$/)
  assert.match(stack[0] ?? '', /^ {4}Error: broken$/)
  assert.ok(stack.length > 2 && stack.slice(0, -1).every(line => line.startsWith('    ')))
})

test('lines for programs: an object each', () => {
  const [first] = logged('json').split('\n')
  assert.deepEqual(
    { ...JSON.parse(first ?? ''), time: 0 },
    { level: 40, time: 0, port: 1, path: '/a b', plain: 'x', msg: 'first\nsecond "quoted"' },
  )
})

test('less or more is logged as is set', () => {
  assert.doesNotMatch(logged('text', 'error'), /first/)
  assert.match(logged('text', 'info'), /nobody hears this/)
})
