import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { craftLayer, craftRpmHeader, craftTar, scanLayers } from './layer.fixture.ts'
import { ndbBlobs } from './ndb-database.ts'

/** A database of one page of slots, of which the first was freed, and blobs behind it. */
function craft(...blobs: readonly Buffer[]): Buffer {
  const slots = Buffer.alloc(4096)
  slots.write('RpmP')
  slots.writeUInt32LE(1, 12)
  for (let at = 32; at < slots.length; at += 16) slots.write('Slot', at)
  const parts: Buffer[] = []
  let unit = 4096 / 16
  for (const [index, blob] of blobs.entries()) {
    const length = Math.ceil((16 + blob.length + 12) / 16)
    const part = Buffer.alloc(length * 16)
    part.write('BlbS')
    part.writeUInt32LE(index + 1, 4)
    part.writeUInt32LE(blob.length, 12)
    blob.copy(part, 16)
    part.write('BlbE', part.length - 4)
    for (const [word, value] of [index + 1, unit, length].entries())
      slots.writeUInt32LE(value, 48 + 16 * index + 4 + 4 * word)
    parts.push(part)
    unit += length
  }
  return Buffer.concat([slots, ...parts])
}

const leap = 'ID="opensuse-leap"\nVERSION_ID="16.0"\nPRETTY_NAME="openSUSE Leap 16.0"\n'
const header = (name: string) =>
  craftRpmHeader({
    1000: name,
    1001: '3.1.4',
    1002: '150600.5.1',
    1022: 'x86_64',
    1044: 'glib-3.1.4-150600.5.1.src.rpm',
  })

test("packages of SUSE's images are read, wherever the database lies", async () => {
  const database = craft(header('libglib-2_0-0'), header('gpg-pubkey'), header('glib'))
  for (const name of ['var/lib/rpm/Packages.db', 'usr/lib/sysimage/rpm/Packages.db']) {
    const entries = [
      { name: 'etc/os-release', content: leap },
      { name, content: database },
    ]
    const { packages, unread, blocked, unchecked } = await scanLayers([craftLayer(craftTar(entries))])
    const common = { database: 'rpm', version: '3.1.4-150600.5.1', architecture: 'x86_64' }
    const source = { name: 'glib', version: common.version }
    assert.deepEqual(packages, [
      { ...common, name: 'libglib-2_0-0', source },
      { ...common, name: 'glib' },
    ])
    assert.deepEqual([unread, blocked], [[], undefined])
    assert.match(unchecked ?? '', /No vulnerability data/)
  }
})

test('what is no database, of another version, or leads nowhere is told', () => {
  const whole = craft(header('a'))
  const changed = (at: number, value: number) => {
    const copy = Buffer.from(whole)
    copy.writeUInt32LE(value, at)
    return () => [...ndbBlobs(copy)]
  }
  assert.equal([...ndbBlobs(whole)].length, 1)
  assert.throws(changed(0, 1), /not a database in rpm's ndb format/)
  assert.throws(changed(4, 1), /version 1/)
  assert.throws(changed(12, 0xffff_ffff), /damaged/)
  assert.throws(changed(56, 0xffff_ffff), /damaged/)
  assert.throws(changed(4096 + 12, 0xffff_ffff), /damaged/)
  assert.throws(changed(4096 + 4, 9), /damaged/)
})

test('slots that share one blob do not make a small file endless', () => {
  const whole = craft(Buffer.alloc(3000))
  for (let slot = 3; slot < 256; slot++) whole.copy(whole, slot * 16, 48, 64)
  assert.throws(() => [...ndbBlobs(whole)], /more than fits/)
})

test('a damaged database gives blobs or a word on it, never a hang or another error', () => {
  const whole = craft(header('one'), header('two'))
  const flip = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 20 }), fc.nat(whole.length), (flips, cut) => {
      const content = Buffer.from(whole)
      for (const { at, byte } of flips) content[at] = byte
      try {
        const found = [...ndbBlobs(cut % 2 ? content : content.subarray(0, cut))]
        assert.ok(found.reduce((sum, blob) => sum + blob.length, 0) <= whole.length)
      } catch (error) {
        assert.match((error as Error).message, /^it(s| is| holds)/)
      }
    }),
    { numRuns: 1500 },
  )
})
