import assert from 'node:assert/strict'
import { it } from 'node:test'
import { targetParameters } from './escape-report.ts'

it('the ways out of a machine with many networks are as many hyperparameters as hold them', () => {
  const targets = Array.from({ length: 200 }, (_, at) => ({
    ...{ name: `host service on 172.20.${at}.1`, kind: 'tcp' as const, host: `172.20.${at}.1`, port: 40_000 },
  }))
  const { PORTS, ...lists } = targetParameters(targets, [22, 80])
  assert.equal(PORTS, '[22,80]')
  assert.ok(Object.values(lists).every(({ length }) => length <= 2500))
  assert.ok(Object.keys(lists).every(name => /^TARGETS(_\d+)?$/.test(name)))
  assert.deepEqual(
    Object.values(lists).flatMap(text => JSON.parse(text)),
    targets,
  )
  assert.deepEqual(targetParameters([], []), { TARGETS: '[]', PORTS: '[]' })
})
