import assert from 'node:assert/strict'
import { it } from 'node:test'
import { disagreement } from './peers.ts'

const mine = { address: 'http://10.0.0.2:8600', url: 'https://market.example', place: 'one' }

it('stands beside a server of the same name and the same data directory, and beside no other', () => {
  assert.equal(disagreement({ ...mine, address: 'http://10.0.0.1:8600' }, mine), undefined)
  assert.match(
    disagreement({ ...mine, url: 'https://other.example' }, mine) ?? '',
    /called https:\/\/other.example, and/,
  )
  assert.match(disagreement({ ...mine, place: 'two' }, mine) ?? '', /share a data directory/)
  assert.match(disagreement(undefined, mine) ?? '', /runs on this database by itself/)
})
