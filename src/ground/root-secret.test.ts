import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { seal, unseal } from './root-secret.ts'

const root = randomBytes(32)
const secret = Buffer.from('wJalrXUtnFEMI')

test('what is sealed opens only with its root secret, purpose and owner, unchanged', () => {
  const sealed = seal(root, 'access key', 'AKIA1', secret)
  assert.ok(unseal(root, 'access key', 'AKIA1', sealed).equals(secret))
  const message = /does not open the .* of /
  assert.throws(() => unseal(randomBytes(32), 'access key', 'AKIA1', sealed), { message })
  assert.throws(() => unseal(root, 'KMS key', 'AKIA1', sealed), { message })
  assert.throws(() => unseal(root, 'access key', 'AKIA2', sealed), { message })
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] as number) ^ 1
    assert.throws(() => unseal(root, 'access key', 'AKIA1', changed), { message })
  }
})

test('a root secret of another length is refused', () => {
  assert.throws(() => seal(randomBytes(16), 'x', 'y', secret), /must be 32 bytes, not 16/)
})
