import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as loop } from 'node:timers/promises'
import { systemClock, useClock } from './clock.ts'
import { createTurns } from './turns.ts'

/** A clock that stands but for what is worked. */
function working() {
  let elapsed = 0
  const using = useClock({ ...systemClock, elapsed: () => elapsed })
  return {
    work(ms: number): void {
      elapsed += ms
    },
    [Symbol.dispose]: () => using[Symbol.dispose](),
  }
}

it('nobody waits while there is time for all', async () => {
  using _ = working()
  const turns = createTurns()
  for (let n = 0; n < 100; n++) {
    assert.equal(turns.take('one'), undefined)
    await loop()
  }
  assert.equal(turns.waiting(), 0)
})

it('who asks one thing waits for one piece of work of each who asks many, however many those wait for', async () => {
  using clock = working()
  const turns = createTurns()
  const done: string[] = []
  const ask = async (holder: string) => {
    await turns.take(holder)
    done.push(holder)
    clock.work(5)
  }
  const asked = [...Array(100).fill('many'), ...Array(100).fill('others')].map(ask)
  await loop()
  const first = done.length
  assert.ok(first < 10, `${first} were worked at once`)
  const neighbour = ask('neighbour')
  await Promise.all([...asked, neighbour])
  assert.ok(done.indexOf('neighbour') <= first + 2, done.slice(0, 10).join())
  assert.equal(done.length, 201)
  assert.equal(turns.waiting(), 0)
})

it('each is served in the order of its own asking, and what has arrived is looked at between', async () => {
  using clock = working()
  const turns = createTurns()
  const done: number[] = []
  let looks = 0
  const look = () => {
    looks++
    if (done.length < 50) setImmediate(look)
  }
  setImmediate(look)
  await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      await turns.take('one')
      done.push(n)
      clock.work(2)
    }),
  )
  assert.deepEqual(
    done,
    Array.from({ length: 50 }, (_, n) => n),
  )
  assert.ok(looks >= 45, `the process looked ${looks} times`)
})

it('who asks one thing after another is not kept by what others have used of a slice', async () => {
  using clock = working()
  const turns = createTurns()
  const asked = Array.from({ length: 20 }, async () => {
    await turns.take('many')
    clock.work(5)
  })
  for (let left = 3; left > 0; left--) {
    await loop()
    assert.ok(turns.waiting() > 0)
    assert.equal(turns.take('neighbour'), undefined)
    clock.work(1)
  }
  await Promise.all(asked)
})

it('nor do many names make many go on at once', async () => {
  using _ = working()
  const turns = createTurns()
  const names = Array.from({ length: 100 }, (_, n) => turns.take(`name ${n}`))
  assert.ok(names.filter(turn => turn === undefined).length <= 4)
  await Promise.all(names)
})

it('short pieces share a slice', async () => {
  using clock = working()
  const turns = createTurns()
  clock.work(0)
  let looks = 0
  let left = 100
  const look = () => {
    looks++
    if (left > 0) setImmediate(look)
  }
  turns.take('one')
  clock.work(2)
  setImmediate(look)
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      await turns.take('one')
      left--
      clock.work(0.02)
    }),
  )
  assert.ok(looks < 20, `the process looked ${looks} times`)
})

it('what has begun is done before much more begins', async () => {
  using clock = working()
  const turns = createTurns()
  let underWay = 0
  let most = 0
  const large = async () => {
    await turns.take('many')
    most = Math.max(most, ++underWay)
    for (let piece = 0; piece < 5; piece++) {
      clock.work(1)
      await turns.takeAgain('many')
    }
    underWay--
  }
  const asked = Array.from({ length: 200 }, large)
  await Promise.all(asked)
  assert.ok(most <= 20, `${most} were under way at once`)
  assert.equal(turns.waiting(), 0)
})

it('who has one long thing under way is answered small ones between its pieces', async () => {
  using clock = working()
  const turns = createTurns()
  let pieces = 0
  const long = (async () => {
    await turns.take('one')
    for (; pieces < 100; pieces++) {
      clock.work(1)
      await turns.takeAgain('one')
    }
  })()
  await loop()
  const small = async () => {
    await turns.take('one')
    clock.work(0.1)
    return pieces
  }
  const asked = pieces
  const between = await Promise.all(Array.from({ length: 10 }, small))
  assert.ok(Math.max(...between) <= asked + 12, `asked at ${asked}: ${between.join()}`)
  await long
})
