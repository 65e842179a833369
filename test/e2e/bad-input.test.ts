import { failingModelSuite } from './failing-models.suite.ts'
import { failingTrainingSuite } from './failing-training.suite.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { refusedRequestSuite } from './refused-requests.suite.ts'
import { signatureSuite } from './signatures.suite.ts'
import { stoppingSuite } from './stopping.suite.ts'
import { strangerSuite } from './strangers.suite.ts'

await onEveryEngine('bad input', 'contract-probe', at => {
  signatureSuite(at)
  strangerSuite(at)
  refusedRequestSuite(at)
  failingTrainingSuite(at)
  failingModelSuite(at)
  stoppingSuite(at)
})
