import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeliveryLanes } from './delivery-lanes.ts'

const sizes = { all: 4, failing: 2, aside: 3 }

test('receivers that failed share a few places, and those that are well find theirs', () => {
  const lanes = createDeliveryLanes(sizes)
  for (const dead of ['a', 'b', 'c']) lanes.note(dead, false)
  const held = ['a', 'b'].map(dead => lanes.enter(dead))
  assert.ok(held.every(place => place))
  assert.equal(lanes.enter('c'), undefined)
  assert.ok(lanes.enter('well'))
  held[0]?.[Symbol.dispose]()
  assert.ok(lanes.enter('c'))
})

test('nobody takes more than all places', () => {
  const lanes = createDeliveryLanes(sizes)
  const held = ['a', 'b', 'c', 'd'].map(one => lanes.enter(one))
  assert.equal(lanes.enter('e'), undefined)
  held[3]?.[Symbol.dispose]()
  assert.ok(lanes.enter('e'))
})

test('who is well again waits for nobody that is not', () => {
  const lanes = createDeliveryLanes(sizes)
  for (const dead of ['a', 'b', 'c']) lanes.note(dead, false)
  lanes.enter('a')
  lanes.enter('b')
  lanes.note('c', true)
  assert.ok(lanes.enter('c'))
})

test('a place that was taken as failing is given back as failing, however it went', () => {
  const lanes = createDeliveryLanes(sizes)
  for (const dead of ['a', 'b', 'c']) lanes.note(dead, false)
  const place = lanes.enter('a')
  lanes.enter('b')
  lanes.note('a', true)
  place?.[Symbol.dispose]()
  assert.ok(lanes.enter('c'))
})

test('who waits for an answer gives its place to others, of which so many may be', () => {
  const lanes = createDeliveryLanes(sizes)
  const held = ['a', 'b', 'c', 'd'].map(one => lanes.enter(one))
  assert.deepEqual(
    held.map(place => place?.stepAside()),
    [true, true, true, false],
  )
  const others = ['e', 'f', 'g'].map(one => lanes.enter(one))
  assert.ok(others.every(place => place))
  assert.equal(lanes.enter('h'), undefined)
  assert.equal(held[0]?.stepAside(), true)
  held[0]?.[Symbol.dispose]()
  assert.equal(lanes.enter('h'), undefined)
  assert.equal(held[3]?.stepAside(), true)
  assert.ok(lanes.enter('h'))
})
