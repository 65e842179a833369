// GET /ping, GET /execution-parameters, POST /invocations on port 8080: "Use Your Own Inference Code" in the SageMaker Developer Guide.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { topicOf } from './topics.mjs'

const path = join(process.env.ML_ROOT ?? '/opt/ml', 'model/topics.json')
if (!existsSync(path)) {
  console.error(`no model: ${path} is missing; start this image with the model.tar.gz that its own training wrote`)
  process.exit(1)
}
const model = JSON.parse(readFileSync(path, 'utf8'))

const problem = (status, message) => ({ status, type: 'text/plain', body: `${message}\n` })
const asJson = value => ({ status: 200, type: 'application/json', body: JSON.stringify(value) })

const routes = {
  'GET /ping': async () => ({ status: 200, type: 'text/plain', body: '' }),
  'GET /execution-parameters': async () =>
    asJson({ MaxConcurrentTransforms: 4, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 }),
  'POST /invocations': invocations,
}

async function invocations(request) {
  const type = (request.headers['content-type'] ?? '').split(';')[0].trim()
  if (type !== 'text/plain') return problem(415, `send text/plain, not ${type || 'a body without Content-Type'}`)
  const accept = request.headers.accept ?? '*/*'
  const wantsJson = accept.includes('application/json')
  if (!wantsJson && !/text\/plain|\*\/\*/.test(accept))
    return problem(406, 'answers are text/plain or application/json')
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const texts = Buffer.concat(chunks).toString().split('\n')
  if (texts.at(-1) === '') texts.pop()
  if (texts.length === 0) return problem(400, 'the body holds no text; send one a line')
  const topics = texts.map(text => topicOf(model, text))
  return wantsJson ? asJson({ topics }) : { status: 200, type: 'text/plain', body: `${topics.join('\n')}\n` }
}

const server = createServer({ keepAliveTimeout: 75_000 }, async (request, response) => {
  const route = routes[`${request.method} ${request.url.split('?')[0]}`]
  const { status, type, body } = route ? await route(request) : problem(404, 'no such path')
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
})
server.listen(8080, '0.0.0.0')
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
