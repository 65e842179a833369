import { after, before, describe } from 'node:test'
import { eventsSuite } from './suite-events.ts'
import { imagesSuite } from './suite-images.ts'
import { isolationSuite } from './suite-isolation.ts'
import { lifecycleSuite } from './suite-lifecycle.ts'
import { logsSuite } from './suite-logs.ts'
import { type OpenDriver, openSuite, type SuiteContext, type SuiteOptions } from './suite-workload.ts'

/** The one suite that every driver passes. Needs an engine and this process's Node, and downloads nothing. */
export const driverSuite = (name: string, open: OpenDriver, options: SuiteOptions): void => {
  describe(name, { timeout: options.timeoutMs ?? 300_000 }, () => {
    let suite: SuiteContext
    before(async () => {
      suite = await openSuite(open, options)
    })
    after(() => suite?.close())
    describe('lifecycle', () => lifecycleSuite(() => suite))
    describe('images', () => imagesSuite(() => suite))
    describe('logs', () => logsSuite(() => suite))
    describe('events', () => eventsSuite(() => suite))
    describe('isolation', () => isolationSuite(() => suite))
  })
}
