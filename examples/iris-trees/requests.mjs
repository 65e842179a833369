import { parseArgs } from 'node:util'
import { requestsOf } from '../requests.mjs'

const requests = requestsOf(import.meta.url)
export const { createAlgorithm, createModelPackage, listing, publication } = requests

// `node requests.mjs createAlgorithm --image … --role … --bucket …` prints the request for the AWS CLI.
if (process.argv[1] === import.meta.filename) {
  const names = ['image', 'role', 'bucket', 'name', 'algorithm', 'artifact', 'links', 'account', 'product']
  const options = Object.fromEntries(names.map(name => [name, { type: 'string' }]))
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const request = requests[positionals[0]]
  if (!request) throw new Error(`Name a request: ${Object.keys(requests).join(', ')}.`)
  process.stdout.write(`${JSON.stringify(request(values))}\n`)
}
