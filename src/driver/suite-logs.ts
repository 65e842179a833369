import assert from 'node:assert/strict'
import { it } from 'node:test'
import { linesOf, type SuiteContext, until } from './suite-workload.ts'

export const logsSuite = (context: () => SuiteContext): void => {
  it('can be resumed after every line, without loss or repeat', async () => {
    const { driver, script } = context()
    // Bursts over three seconds: what was written in the same moment, and what was not.
    const spec = await script(`
      let n = 0
      const long = 'x'.repeat(20000)
      const burst = () => { for (const end = n + 10; n < end; n++) (n % 3 ? console.log : console.error)('line ' + n + (n % 10 ? '' : long)) }
      const timer = setInterval(() => { burst(); if (n >= 60) clearInterval(timer) }, 500)`)
    await driver.start(spec)
    const live = await linesOf(driver, spec.key)
    assert.equal(live.length, 60)
    const order = (lines: typeof live) =>
      lines.map(({ stream, text }) => `${stream} ${text.slice(0, 10).replace(/x+$/, '')} ${text.length > 20_000}`)
    assert.deepEqual(
      new Set(order(live)),
      new Set(Array.from({ length: 60 }, (_, n) => `${n % 3 ? 'stdout' : 'stderr'} line ${n} ${n % 10 === 0}`)),
    )
    assert.deepEqual(
      [...live].sort((a, b) => (a.cursor < b.cursor ? -1 : 1)),
      live,
      'cursors do not grow',
    )
    for (const [index, { cursor }] of live.entries())
      assert.deepEqual(order(await linesOf(driver, spec.key, cursor)), order(live.slice(index + 1)), `after ${cursor}`)

    // A resumed reader's own cursors resume as well.
    let resumed = live.slice(0, 1)
    for (let last = live[0]?.cursor; last; last = resumed.at(-1)?.cursor) {
      const next = (await linesOf(driver, spec.key, last)).slice(0, 7)
      if (next.length === 0) break
      resumed = [...resumed, ...next]
    }
    assert.deepEqual(order(resumed), order(live))
  })

  it('joins long lines, and keeps empty ones and the last one without a newline', async () => {
    const { driver, script } = context()
    const spec = await script(`
      const fs = require('fs')
      const print = (fd, text) => { for (let b = Buffer.from(text); b.length; ) b = b.subarray(fs.writeSync(fd, b)) }
      print(1, 'ä'.repeat(40001) + '\\n')
      print(2, 'e'.repeat(16384) + '\\n')
      print(1, '\\nwindows\\r\\n')
      print(1, 'z'.repeat(300000))`)
    await driver.start(spec)
    const lines = await linesOf(driver, spec.key)
    assert.deepEqual(
      lines.map(({ stream, text }) => `${stream} ${text.slice(0, 7)} ${text.length}`).sort(),
      [
        `stderr ${'e'.repeat(7)} 16384`,
        'stdout  0',
        'stdout windows 7',
        `stdout ${'z'.repeat(7)} 300000`,
        `stdout ${'ä'.repeat(7)} 40001`,
      ].sort(),
    )
    assert.equal(lines.find(({ text }) => text.startsWith('ä'))?.text, 'ä'.repeat(40001))
  })

  it('brings 20,000 lines in order, with a reader that is slower than the writer', async () => {
    const { driver, script } = context()
    const spec = await script(`for (let n = 0; n < 20000; n++) console.log(n + ' ' + 'x'.repeat(80))`)
    await driver.start(spec)
    let next = 0
    let cursor = ''
    for await (const line of driver.logs(spec.key, undefined, AbortSignal.timeout(30_000))) {
      assert.equal(Number.parseInt(line.text, 10), next)
      next += 1
      if (next % 2_000 === 0) await new Promise(resolve => setTimeout(resolve, 20))
      if (next === 12_345) cursor = line.cursor
    }
    assert.equal(next, 20_000)
    const rest = await linesOf(driver, spec.key, cursor)
    assert.equal(rest.length, 20_000 - 12_345)
    assert.ok(rest[0]?.text.startsWith('12345 '))
  })

  it('brings lines as they are written, and ends when told to', async () => {
    const { driver, script } = context()
    const spec = await script(`console.log('first'); process.stdin.resume(); setTimeout(() => {}, 600000)`)
    const begun = Date.now()
    await driver.start(spec)
    const abort = new AbortController()
    const lines = driver.logs(spec.key, undefined, abort.signal)[Symbol.asyncIterator]()
    const { value } = await lines.next()
    assert.equal(value?.text, 'first')
    assert.ok(value.time.getTime() >= begun - 1000 && value.time.getTime() <= Date.now() + 1000)
    setTimeout(() => abort.abort(), 50)
    assert.equal((await lines.next()).done, true)
    await driver.remove(spec.key.arn)
  })

  it('says that there is no such container', async () => {
    const { driver, arn } = context()
    await until('the log is refused', async () => {
      await assert.rejects(linesOf(driver, { arn: arn('nobody'), attempt: 1, host: 'algo-1' }), /no such container/i)
      return true
    })
  })
}
