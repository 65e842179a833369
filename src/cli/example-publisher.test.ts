import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createExamplePublisher } from './example-publisher.ts'

const place = await mkdtemp(join(tmpdir(), 'modelmart-publisher-'))
after(() => rm(place, { recursive: true }))

/** Stands for the `modelmart` command: what it is told, then what the test wants of it. */
async function publisherOf(program: string) {
  const path = join(place, 'program.mjs')
  await writeFile(path, `console.log(process.argv.slice(2).join(' '))\n${program}`)
  return createExamplePublisher(place, path)
}

async function ended(publisher: ReturnType<typeof createExamplePublisher>) {
  while (publisher.publication().status === 'IN_PROGRESS') await sleep(10)
  return publisher.publication()
}

test('the examples of the package are told, and nothing was begun', async () => {
  const publisher = await publisherOf('')
  assert.ok((await publisher.examples()).some(({ name }) => name === 'iris-trees'))
  assert.deepEqual(publisher.publication(), { status: 'NOT_STARTED', lines: [] })
})

test('what the command prints is told, its last lines, and cut', async () => {
  const publisher = await publisherOf(
    `for (let at = 0; at < 300; at++) console.log('line ' + at + ' ' + 'x'.repeat(1000))`,
  )
  publisher.start(['a', 'b'])
  const { status, lines, startedAt } = await ended(publisher)
  assert.equal(status, 'COMPLETED')
  assert.equal(lines.length, 200)
  assert.ok(lines.at(-1)?.startsWith('line 299 x') && lines.at(-1)?.length === 500)
  assert.ok(startedAt instanceof Date)
})

test('a command that fails is told with what it said, and another may begin', async () => {
  const publisher = await publisherOf(`console.error('no engine'); process.exitCode = 1`)
  publisher.start(['a'])
  const failed = await ended(publisher)
  assert.deepEqual(
    [failed.status, failed.lines],
    ['FAILED', [`examples publish --no-notebook a --data ${place}`, 'no engine']],
  )
  publisher.start([])
  assert.equal((await ended(publisher)).lines[0], `examples publish --no-notebook --data ${place}`)
})

test('the command ends with the server', async () => {
  const publisher = await publisherOf('setInterval(() => {}, 1000)')
  publisher.start([])
  publisher.close()
  assert.equal((await ended(publisher)).status, 'FAILED')
})
