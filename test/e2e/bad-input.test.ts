import { onEveryEngine } from './on-every-engine.ts'
import { signatureSuite } from './signatures.suite.ts'
import { strangerSuite } from './strangers.suite.ts'

await onEveryEngine('bad input', 'contract-probe', at => {
  signatureSuite(at)
  strangerSuite(at)
})
