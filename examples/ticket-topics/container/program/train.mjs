// Trains on the channel `training` and leaves the model in /opt/ml/model: "Use Your Own Training Algorithms" in the SageMaker Developer Guide.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fieldsOf, learn, topicOf } from './topics.mjs'

const ML = process.env.ML_ROOT ?? '/opt/ml'

// Process 1 of a container ignores a signal it has no handler for.
process.on('SIGTERM', () => process.exit(143))

function smoothingOf() {
  const given = JSON.parse(readFileSync(join(ML, 'input/config/hyperparameters.json'), 'utf8'))
  // A tuning job and the SageMaker Python SDK add parameters of their own.
  const unknown = Object.keys(given).filter(name => name !== 'smoothing' && !/^(_|sagemaker_)/.test(name))
  if (unknown.length > 0)
    throw new Error(`unknown hyperparameter ${unknown.join(', ')}; this algorithm knows smoothing`)
  const value = Number((given.smoothing ?? '1').replaceAll('"', ''))
  if (!(value >= 0.01 && value <= 10))
    throw new Error(`smoothing must be a number from 0.01 to 10, not '${given.smoothing}'`)
  return value
}

function rowsOf(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return files.flatMap(({ name, parentPath, path }) => {
    const lines = readFileSync(join(parentPath ?? path, name), 'utf8').split('\n')
    return lines.flatMap((line, index) => {
      if (line.trim() === '') return []
      const [topic, text, ...more] = fieldsOf(line)
      if (!topic || !text || more.length > 0) throw new Error(`${name}, line ${index + 1}: expected a topic and a text`)
      return [[topic, text]]
    })
  })
}

/** Every fifth text of each topic is held out. */
function split(rows) {
  const seen = {}
  const held = rows.filter(([topic]) => {
    seen[topic] = (seen[topic] ?? 0) + 1
    return seen[topic] % 5 === 0
  })
  return [rows.filter(row => !held.includes(row)), held]
}

try {
  const smoothing = smoothingOf()
  const rows = rowsOf(join(ML, 'input/data/training'))
  const [fit, held] = split(rows)
  const model = learn(fit, smoothing)
  if (held.length === 0) throw new Error('a topic needs at least five texts; none has so many')
  const right = held.filter(([topic, text]) => topicOf(model, text) === topic).length
  console.log(`read ${rows.length} texts of ${Object.keys(model.topics).length} topics, ${model.vocabulary} words`)
  console.log(`validation-accuracy=${(right / held.length).toFixed(4)};`)
  mkdirSync(join(ML, 'model'), { recursive: true })
  writeFileSync(join(ML, 'model/topics.json'), JSON.stringify(model))
} catch (error) {
  console.error(error.stack)
  mkdirSync(join(ML, 'output'), { recursive: true })
  // What stands here becomes the job's FailureReason.
  writeFileSync(join(ML, 'output/failure'), error.message)
  process.exitCode = 1
}
