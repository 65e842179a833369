import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fullVolume, roomLeft } from './input-volume.ts'

const gibibyte = 1024 ** 3

test('input takes its room of the volume, and more than that is refused with the numbers', () => {
  assert.equal(roomLeft('algo-1', [{ size: 10 }, { size: 20 }], 1), gibibyte - 30)
  assert.equal(roomLeft('algo-1', [{ size: gibibyte }], 1), 0)
  assert.equal(roomLeft('algo-1', [{ size: 2 ** 50 }], undefined), undefined)
  assert.throws(() => roomLeft('algo-2', [{ size: gibibyte + 1 }], 1), {
    name: 'ClientError',
    message:
      /^Data download failed:Insufficient disk space\. The input of algo-2 has 1073741825 bytes, and its volume 1 GB/,
  })
})

test('a full volume is evidence, and so is a container that speaks of one', () => {
  const evidence = (free: number, words = '') => fullVolume('algo-1', 1, { bytes: gibibyte, free }, words)
  assert.match(evidence(0) ?? '', /of algo-1 .* ran out of disk space: 0 of 1073741824 bytes are free/)
  assert.match(evidence(gibibyte / 2, 'OSError: [Errno 28] No space left') ?? '', /may have been full before/)
  assert.equal(evidence(gibibyte / 2, 'Errno 280'), undefined)
  assert.equal(evidence(gibibyte / 2, 'exit code: 1'), undefined)
  assert.equal(
    fullVolume('algo-1', undefined, undefined, 'Errno 28'),
    undefined,
    'without a volume there is no telling',
  )
})
