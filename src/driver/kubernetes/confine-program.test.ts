import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CLOSED_ANSWERS, CLOSED_CALLS, callProgram, callResults } from '../kernel-calls.ts'
import { confineProgram } from './confine-program.ts'

const place = mkdtempSync(join(tmpdir(), 'modelmart-confine-'))
after(() => rmSync(place, { recursive: true }))
const program = (name: string, content: Buffer) => {
  writeFileSync(join(place, name), content, { mode: 0o755 })
  return join(place, name)
}
const confine = program('confine', confineProgram())
/** As a container has it: without leave to get more, which the kernel wants of who filters itself. */
const confined = (...words: string[]) =>
  execFileSync('setpriv', ['--no-new-privs', confine, ...words], { env: { KEPT: 'yes' } })

test('a program runs with its arguments and variables, and a filter that its own programs have too', () => {
  const script = 'echo "$KEPT $0 $1" && grep ^Seccomp: /proc/self/status'
  assert.deepEqual(confined('/bin/sh', '-c', script, 'a', 'b c').toString().trim().split('\n'), [
    'yes a b c',
    'Seccomp:\t2',
  ])
})

test('what leads out of the machine, and into the depths of its kernel, is refused; the rest goes on', () => {
  // User namespaces are for the profile of the runtime.
  const closed = CLOSED_CALLS.filter(({ what }) => !/user namespace/.test(what))
  const answers = callResults(confined(program('calls', callProgram(closed))), closed.length)
  for (const [index, { what }] of closed.entries()) assert.ok(CLOSED_ANSWERS.includes(answers[index] as number), what)
  const open = { what: 'a socket', number: { x64: 41, arm64: 198 }, arguments: [2, 1, 0] }
  const [socket = -1] = callResults(confined(program('socket', callProgram([open]))), 1)
  assert.ok(socket > 0, `${socket}`)
})

test('where there is no such program it ends with 126', () => {
  assert.throws(() => confined('/nowhere'), { status: 126 })
})

test('the program of the other processor is one too', () => {
  for (const architecture of ['x64', 'arm64'] as const)
    assert.equal(confineProgram(architecture).toString('latin1', 0, 4), '\x7fELF')
})
