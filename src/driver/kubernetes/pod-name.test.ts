import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostLabel, POD_LABEL, POD_NOTE, podKey, podLabels, podName, podSelector } from './pod-name.ts'

const key = { arn: 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/a', attempt: 1, host: 'algo-1' }
const made = (installation: string, of = key) => ({
  metadata: {
    name: podName(installation, of),
    labels: podLabels(installation, of),
    annotations: { [POD_NOTE.installation]: installation, [POD_NOTE.arn]: of.arn, [POD_NOTE.host]: of.host },
  },
})

test('a name is the same for the same key and another for every other', () => {
  const names = [
    podName('one', key),
    podName('two', key),
    podName('one', { ...key, attempt: 2 }),
    podName('one', { ...key, host: 'algo-2' }),
    podName('one', { ...key, host: 'Algo-1' }),
    podName('one', { ...key, arn: `${key.arn}b` }),
    podName('one', { ...key, host: `algo-${'1'.repeat(40)}` }),
    podName('one', { ...key, host: `algo-${'1'.repeat(41)}` }),
    podName('one', { ...key, attempt: 123456, host: 'Variant_1.a' }),
  ]
  assert.equal(new Set(names).size, names.length)
  for (const name of names) assert.match(name, /^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/)
  assert.equal(podName('one', { ...key }), names[0])
  assert.match(names[0] as string, /-1-algo-1$/)
})

test('labels are such that Kubernetes takes them, and a selector says the same', () => {
  for (const value of Object.values(podLabels('An_installation.x', key))) assert.match(value, /^[a-z0-9]{1,63}$/)
  const labels = podLabels('one', key)
  assert.equal(
    podSelector('one', key.arn, 1),
    [POD_LABEL.installation, POD_LABEL.workload, POD_LABEL.attempt].map(name => `${name}=${labels[name]}`).join(','),
  )
  assert.equal(podSelector('one'), `${POD_LABEL.installation}=${labels[POD_LABEL.installation]}`)
})

test('the key is read back, and not from what another has made', () => {
  assert.deepEqual(podKey('one', made('one')), key)
  assert.deepEqual(podKey('one', made('one', { ...key, host: 'Variant_1.a' }))?.host, 'Variant_1.a')
  assert.equal(podKey('two', made('one')), undefined)
  const foreign = made('one')
  assert.equal(podKey('one', { metadata: { ...foreign.metadata, name: 'mine' } }), undefined)
  assert.equal(podKey('one', { metadata: { name: 'bare' } }), undefined)
})

test('a host keeps its name where it can', () => {
  assert.equal(hostLabel('algo-1'), 'algo-1')
  assert.match(hostLabel('Variant_1'), /^host-[0-9a-f]{12}$/)
  assert.throws(() => podName('one', { ...key, host: 'a/b' }), /Not usable as host/)
})
