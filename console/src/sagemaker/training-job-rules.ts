import type { Rules } from '../kit/form-state.ts'
import { wanted } from '../kit/form-state.ts'
import { pairsAreRight } from '../kit/pair-rows.tsx'
import type { TrainingJobValues } from './training-job-values.ts'
import { trainingTexts } from './training-texts.ts'

const words = trainingTexts.form
const isUri = (uri: string): boolean => /^(https|s3):\/\/[^/]/.test(uri.trim())
const s3 = (uri: string) => (isUri(uri) ? undefined : words.s3Rule)
/** Of every resource of SageMaker: letters, digits and inner hyphens. */
export const nameRule = (name: string) => (/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name) ? undefined : words.nameRule)
export const count = (text: string) => (/^[1-9]\d{0,8}$/.test(text.trim()) ? undefined : words.countRule)
const rows = (pairs: TrainingJobValues['tags']) => (pairsAreRight(pairs) ? undefined : words.pairRule)

/** What can be told before the API is asked; it has the last word. */
export const trainingJobRules: Rules<TrainingJobValues> = {
  name: ({ name }) => nameRule(name),
  role: ({ role }) => wanted(role),
  algorithm: ({ source, algorithm }) => (source === 'container' ? undefined : wanted(algorithm)),
  image: ({ source, image }) => (source === 'container' ? wanted(image) : undefined),
  metrics: ({ source, metrics }) => (source === 'container' ? rows(metrics) : undefined),
  instanceType: ({ instanceType }) => wanted(instanceType),
  instanceCount: ({ instanceCount }) => count(instanceCount),
  volume: ({ volume }) => count(volume),
  runtime: ({ runtime }) => count(runtime),
  hyperParameters: ({ hyperParameters }) => rows(hyperParameters),
  channels: ({ channels }) =>
    channels.every(({ name, uri }) => name.trim() !== '' && isUri(uri)) &&
    new Set(channels.map(({ name }) => name)).size === channels.length
      ? undefined
      : words.channelRule,
  checkpointUri: ({ checkpointUri }) => (checkpointUri.trim() === '' ? undefined : s3(checkpointUri)),
  outputUri: ({ outputUri }) => s3(outputUri),
  maxWait: ({ isSpot, maxWait }) => (isSpot ? count(maxWait) : undefined),
  environment: ({ environment }) => rows(environment),
  tags: ({ tags }) => rows(tags),
}
