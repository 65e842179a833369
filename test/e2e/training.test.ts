import { imageContractSuite } from './image-contract.suite.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { outreachSuite } from './outreach.suite.ts'
import { trainingClusterSuite } from './training-cluster.suite.ts'
import { trainingInputSuite } from './training-input.suite.ts'
import { trainingOutputSuite } from './training-output.suite.ts'

await onEveryEngine('training', 'contract-probe', at => {
  trainingInputSuite(at)
  trainingClusterSuite(at)
  trainingOutputSuite(at)
  outreachSuite(at)
  imageContractSuite(at)
})
