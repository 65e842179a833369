import { after, before, describe, it } from 'node:test'
import { presentEngines } from './engines.ts'
import { type Fixture, openFixture } from './fixture.ts'
import { signatureSuite } from './signatures.suite.ts'
import { strangerSuite } from './strangers.suite.ts'

describe('bad input', { concurrency: true, timeout: 240_000 }, async () => {
  for (const engine of await presentEngines())
    describe(engine.engine, () => {
      let fixture: Fixture
      const at = () => fixture
      before(async () => {
        fixture = await openFixture(engine, 'contract-probe')
      })
      after(() => fixture?.close())

      describe('is refused or explained', { concurrency: true }, () => {
        signatureSuite(at)
        strangerSuite(at)
      })
      it('leaves nothing behind', () => fixture.leavesNothing())
    })
})
