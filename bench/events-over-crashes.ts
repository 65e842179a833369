import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../demo/server-process.ts'
import { EventHouse, openPost, perCall } from './event-house.ts'
import { temporaryDirectory } from './place.ts'

/**
 * `node bench/events-over-crashes.ts [COUNT]`: events to ten endpoints, 100,000 unless told otherwise, while the server is killed every five seconds. Says how many that
 * were accepted did not arrive everywhere, and exits 1 when it is not none.
 */
const count = Number(process.argv[2] ?? 100_000)
const everyMs = 5_000
const receivers = 10
const atOnce = 8

const place = await temporaryDirectory()
const env = { MODELMART_ALLOW_OUTGOING: '127.0.0.0/8', MODELMART_CHECK_ANSWERS: 'no' }
const server = await startServer({ data: place.path, engineSocket: 'unix:///nowhere/engine.sock', env })
const post = await openPost(receivers)
let crashes = 0
let isOver = false

async function crashAgainAndAgain(): Promise<void> {
  for (;;) {
    await sleep(everyMs)
    if (isOver) return
    await server.crash()
    crashes++
  }
}

try {
  const house = new EventHouse(server, await server.account('events'))
  await house.listen(
    'alive',
    'alive',
    post.urls.map((url, index) => `${url}/r${index}`),
  )
  await post.begin()
  const start = performance.now()
  const crashing = crashAgainAndAgain()
  let left = count
  const lane = async () => {
    while (left > 0) {
      left -= perCall
      await house.putUntilAccepted('alive')
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  const accepted = (performance.now() - start) / 1000
  process.stderr.write(`${count} accepted in ${accepted.toFixed(1)} s, ${crashes} crashes\n`)
  // As long as more arrive.
  let told = await post.count()
  for (let before = -1, still = 0; told.received < count * receivers && still < 60; ) {
    still = told.received === before ? still + 1 : 0
    before = told.received
    await sleep(1000)
    told = await post.count()
  }
  isOver = true
  await crashing
  const lost = count * receivers - told.received
  const seconds = (performance.now() - start) / 1000
  process.stdout.write(
    `${count} events to ${receivers} endpoints over ${crashes} kills in ${seconds.toFixed(0)} s: ${lost} lost, ${told.again} came again\n`,
  )
  process.exitCode = lost === 0 ? 0 : 1
} finally {
  post.close()
  await server.stop()
  await place.remove()
}
