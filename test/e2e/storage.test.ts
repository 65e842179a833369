import { modelVolumeSuite } from './model-volume.suite.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { trainingKeySuite } from './training-key.suite.ts'
import { trainingVolumeSuite } from './training-volume.suite.ts'

// One after the other: a test kills the server.
await onEveryEngine(
  'volumes and keys of jobs and endpoints',
  'contract-probe',
  at => {
    trainingVolumeSuite(at)
    trainingKeySuite(at)
    modelVolumeSuite(at)
  },
  { concurrency: false },
)
