import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJournalFile, type JournalDisk } from './journal-file.ts'

/** A disk that syncs when it is told to, and fails when it shall. */
function disk() {
  const state = { text: '', synced: '', syncs: 0, full: false, closed: false }
  let permit = Promise.withResolvers<void>()
  const file: JournalDisk = {
    async appendFile(text) {
      state.text += text
    },
    async datasync() {
      await permit.promise
      if (state.full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      state.syncs++
      state.synced = state.text
    },
    async truncate(size) {
      state.text = state.text.slice(0, size)
    },
    async close() {
      state.closed = true
    },
  }
  return {
    state,
    file: createJournalFile('journal', async () => file),
    go() {
      permit.resolve()
      permit = Promise.withResolvers()
    },
  }
}

const settled = async (promise: Promise<void>) => {
  let state = 'waiting'
  promise.then(
    () => {
      state = 'written'
    },
    error => {
      state = error.message
    },
  )
  await new Promise(setImmediate)
  return state
}

test('lines are acknowledged after their sync; those that come meanwhile share the next', async () => {
  const { file, state, go } = disk()
  const first = file.append('1\n')
  const others = ['2\n', '3\n'].map(file.append)
  assert.equal(await settled(first), 'waiting')
  go()
  assert.equal(await settled(first), 'written')
  assert.deepEqual(await Promise.all(others.map(settled)), ['waiting', 'waiting'])
  const last = file.append('4\n')
  go()
  assert.deepEqual(await Promise.all(others.map(settled)), ['written', 'written'])
  assert.equal(await settled(last), 'waiting')
  go()
  await last
  assert.deepEqual([state.synced, state.syncs], ['1\n2\n3\n4\n', 3])
  await file.close()
  assert.equal(state.closed, true)
})

test('lines that come before the first write begins share it', async () => {
  const began = Promise.withResolvers<void>()
  const writes: string[] = []
  const file = createJournalFile(
    'journal',
    async () => ({
      appendFile: async text => void writes.push(text as string),
      datasync: async () => {},
      truncate: async () => {},
      close: async () => {},
    }),
    go => void began.promise.then(go),
  )
  const lines = ['1\n', '2\n', '3\n'].map(file.append)
  assert.equal(await settled(lines[2] as Promise<void>), 'waiting')
  began.resolve()
  await Promise.all(lines)
  assert.deepEqual(writes, ['1\n2\n3\n'])
  await file.close()
})

test('a line that could not be written is refused and is not in the file; nothing is written after it', async () => {
  const { file, state, go } = disk()
  const first = file.append('the first\n')
  await settled(first)
  go()
  await first
  assert.equal(file.broken, false)
  state.full = true
  const [second, third] = [file.append('2\n'), file.append('3\n')]
  await settled(second)
  go()
  await assert.rejects(second, /no space/)
  await assert.rejects(third, /could not be written before/)
  assert.deepEqual([state.text, file.broken], ['the first\n', true])
  await assert.rejects(file.append('4\n'), /could not be written before/)
  await file.close()
})

test('closing waits for what is being written', async () => {
  const { file, state, go } = disk()
  const line = file.append('1\n')
  const closing = file.close()
  await settled(line)
  assert.deepEqual([await settled(closing), state.closed], ['waiting', false])
  go()
  await closing
  assert.deepEqual([await settled(line), state.synced, state.closed], ['written', '1\n', true])
})
