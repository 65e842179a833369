import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { connectionWords, engineWords, plainText } from './plain-words.ts'

test('a page of HTML is quoted by its text', () => {
  const page = `<!DOCTYPE html>\n<html><head><style>p {color: red}</style><title>500 Internal Server Error</title></head>
<body><h1>Internal Server Error</h1><p>no such <b>column</b></p></body></html>`
  assert.equal(plainText(page), '500 Internal Server Error Internal Server Error no such column')
  assert.equal(plainText(' a < b\n and c > d '), 'a < b and c > d')
  fc.assert(fc.property(fc.string(), text => void plainText(`<html>${text}`)))
})

test('a broken connection is told without the names of our own means', () => {
  const error = (code: string, message = 'x') => Object.assign(new Error(message), { code })
  assert.equal(connectionWords(error('ECONNREFUSED')), 'connection refused')
  assert.equal(
    connectionWords(error('UND_ERR_SOCKET', 'other side closed')),
    'the connection was closed before the answer was whole',
  )
  assert.equal(connectionWords(error('UND_ERR_SOMETHING_NEW')), 'the connection failed')
  assert.equal(connectionWords(error('HPE_INVALID_CONSTANT')), 'the answer is no HTTP')
  assert.equal(connectionWords(new DOMException('x', 'TimeoutError')), 'no answer')
})

test('what could not be started is told without the way that the runtime took', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      'OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "train": executable file not found in $PATH: unknown',
      'exec: "train": executable file not found in $PATH',
    ],
    [
      'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "train": stat train: permission denied: unknown',
      'exec: "train": stat train: permission denied',
    ],
    [
      'crun: executable file `train` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
      'executable file `train` not found in $PATH: No such file or directory',
    ],
    [
      'unable to find user nobody2: no matching entries in passwd file',
      'unable to find user nobody2: no matching entries in passwd file',
    ],
  ]
  for (const [reason, words] of cases) assert.equal(engineWords(reason), words)
})
