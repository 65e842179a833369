import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import type { ContainerState } from '../driver/driver.ts'
import { describeExit, failureReason, lastLines, readFailureFile } from './failure-reason.ts'

test('the failure file is read to its first 1024 characters, and only when it is a file', async t => {
  const root = await mkdtemp(join(tmpdir(), 'modelmart-failure-'))
  t.after(() => rm(root, { recursive: true }))
  const made = async (name: string, make: (file: string) => Promise<unknown>) => {
    await mkdir(join(root, name))
    await make(join(root, name, 'failure'))
    return readFailureFile(join(root, name))
  }
  await writeFile(join(root, 'secret'), 'of the host')
  assert.equal(await made('text', file => writeFile(file, '\n no label column\n')), 'no label column')
  assert.equal(await made('wide', file => writeFile(file, 'é'.repeat(5000))), 'é'.repeat(1024))
  const trace = `Traceback\n${'frame\n'.repeat(400)}ValueError: no label`
  assert.match(await made('trace', file => writeFile(file, trace)), /^Traceback\nframe.*… ValueError: no label$/s)
  assert.equal(await made('binary', file => writeFile(file, Buffer.from([0xff, 0x61]))), '\ufffda')
  assert.equal(await made('link', file => symlink(join(root, 'secret'), file)), '')
  assert.equal(await made('directory', file => mkdir(file)), '')
  assert.equal(await made('pipe', file => promisify(execFile)('mkfifo', [file])), '')
  assert.equal(await made('none', async () => {}), '')
})

const ends: readonly (readonly [Partial<ContainerState>, string])[] = [
  [{ exitCode: 3 }, 'exit code: 3'],
  [{ exitCode: 137 }, 'killed by signal 9, exit code: 137'],
  [{ exitCode: 137, outOfMemory: true }, 'ran out of memory, exit code: 137'],
  [{ exitCode: 127, engineError: 'no such program' }, 'could not be started: no such program, exit code: 127'],
  [{ exitCode: 255 }, 'exit code: 255'],
  [{}, 'unknown exit code'],
]

for (const [state, words] of ends)
  test(`a container that ended with ${JSON.stringify(state)}: ${words}`, () =>
    assert.equal(describeExit({ key: { arn: 'a', attempt: 1, host: 'h' }, status: 'exited', ...state }), words))

test('a reason is its pieces, cut to 1024 characters', () => {
  assert.equal(
    failureReason('AlgorithmError: it failed', undefined, '', 'exit code: 1'),
    'AlgorithmError: it failed. exit code: 1',
  )
  const cut = failureReason('x'.repeat(2000))
  assert.deepEqual([cut.length, cut.at(-1)], [1024, '…'])
  assert.equal(failureReason('x'.repeat(1024)).length, 1024)
})

test('of quoted lines the last ones are kept, where the cause stands', () => {
  const lines = `Last log lines of /aws/sagemaker/TrainingJobs job/algo-1: ${'frame | '.repeat(300)}ValueError: no label`
  const reason = failureReason('AlgorithmError: exit code: 1', lines)
  assert.equal(reason.length, 1024)
  assert.match(reason, /^AlgorithmError: exit code: 1\. Last log lines of \S+ job\/algo-1: ….*ValueError: no label$/)
  assert.equal(failureReason('x'.repeat(1010), lines).at(-1), '…')
})

test('the last lines are evidence, each cut to 200 characters', async () => {
  const stream = { account: '1', region: 'r', group: '/aws/sagemaker/TrainingJobs', stream: 'job/algo-1' }
  const logs = (messages: string[]) => ({
    append: async () => {},
    cursor: async () => undefined,
    tail: async (_: unknown, count: number) => messages.slice(-count).map(message => ({ time: new Date(0), message })),
  })
  assert.equal(await lastLines(logs([]), stream), '')
  assert.equal(
    await lastLines(logs(['a', 'b', 'y'.repeat(300)]), stream, 2),
    `Last log lines of /aws/sagemaker/TrainingJobs job/algo-1: b | ${'y'.repeat(200)}`,
  )
})
