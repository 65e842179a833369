import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Need, placeCopies, type Room, roomsLeft } from './component-placement.ts'

const room = (host: number, cpus: number, memoryMb: number, gpus = 0): Room => ({ host, cpus, memoryMb, gpus })
const need = (cpus: number, memoryMb: number, gpus = 0): Need => ({ cpus, memoryMb, gpus })

test('copies go where most memory is left, as many as fit', () => {
  const rooms = [room(1, 2, 4096), room(2, 2, 8192)]
  assert.deepEqual(placeCopies(4, need(0.5, 2048), rooms), { hosts: [2, 2, 1, 2] })
  assert.deepEqual(placeCopies(0, need(0.5, 2048), rooms), { hosts: [] })
  assert.deepEqual(placeCopies(1, need(0, 1, 0), [room(7, 0, 1)]), { hosts: [7] })
})

test('who does not fit is told what is missing', () => {
  const rooms = [room(1, 2, 4096), room(2, 1, 1024)]
  const lacking = (count: number, wanted: Need, given = rooms) => placeCopies(count, wanted, given).lacking
  const start = 'There is not enough room on the instances for'
  const end = 'the instance with the most memory left has'
  assert.equal(
    lacking(2, need(0, 5000)),
    `${start} 2 more copies: a copy needs 5000 MB of memory; ${end} 4096 MB of memory.`,
  )
  assert.equal(lacking(1, need(3, 128)), `${start} 1 more copy: a copy needs 3 CPU cores; ${end} 2 CPU cores.`)
  assert.equal(lacking(1, need(1, 128, 1)), `${start} 1 more copy: a copy needs 1 accelerators; ${end} 0 accelerators.`)
  assert.equal(
    lacking(1, need(2, 2048), [room(1, 2, 1024), room(2, 1, 4096)]),
    `${start} 1 more copy: a copy needs 2 CPU cores, 2048 MB of memory; ${end} 1 CPU cores, 4096 MB of memory.`,
    'there is enough of each, on no instance together',
  )
  assert.equal(lacking(1, need(0, 128), []), 'There is no instance in service to place 1 more copy on.')
})

test('no instance is given more than it has, whatever is on it already', () => {
  const amount = fc.record({
    cpus: fc.integer({ min: 0, max: 8 }),
    memoryMb: fc.integer({ min: 128, max: 8192 }),
    gpus: fc.integer({ min: 0, max: 2 }),
  })
  fc.assert(
    fc.property(
      fc.array(amount, { maxLength: 4 }),
      amount,
      fc.array(fc.tuple(fc.nat(3), amount), { maxLength: 4 }),
      fc.nat(10),
      (sizes, wanted, held, count) => {
        const rooms = sizes.map((size, host) => ({ host, ...size }))
        const taken = held.map(([host, size]) => ({ host, ...size }))
        const left = roomsLeft(rooms, taken)
        const { hosts, lacking } = placeCopies(count, wanted, left)
        assert.equal(hosts.length === count, lacking === undefined)
        const after = roomsLeft(
          left,
          hosts.map(host => ({ host, ...wanted })),
        )
        for (const { host, cpus, memoryMb, gpus } of after)
          if (hosts.includes(host)) assert.ok(cpus >= 0 && memoryMb >= 0 && gpus >= 0)
        if (lacking !== undefined)
          for (const { cpus, memoryMb, gpus } of after)
            assert.ok(cpus < wanted.cpus || memoryMb < wanted.memoryMb || gpus < wanted.gpus)
      },
    ),
  )
})
