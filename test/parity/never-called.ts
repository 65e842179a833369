import { readFileSync } from 'node:fs'
import { servedServices } from './served-services.ts'

const [path] = process.argv.slice(2)
const called = new Set(path ? readFileSync(path, 'utf8').split('\n') : [])
const missing = (await servedServices()).flatMap(({ model, operations }) =>
  Object.keys(operations)
    .map(name => `${model.metadata.serviceId}\t${name}`)
    .filter(line => !called.has(line)),
)
// The last word of a whole test run: which operations no official client has called with success.
for (const line of missing) process.stderr.write(`never called with success by an official client: ${line}\n`)
process.exitCode = missing.length === 0 ? 0 : 1
