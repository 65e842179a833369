import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type NamedPod, POD_NOTE } from './pod-name.ts'
import { createPodSeal, type PodNotes } from './pod-notes.ts'

const seal = createPodSeal(Buffer.alloc(32, 1))
const notes: PodNotes = {
  key: { arn: 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/a', attempt: 1, host: 'algo-1' },
  network: 'internal',
  brings: [{ index: 2, source: '/data/work/a/model', kind: 'directory' }],
  door: 'arn:aws:iam::111122223333:role/a',
}
const pod = (annotations: Readonly<Record<string, string>>, name = 'a', uid = 'u'): NamedPod => ({
  metadata: { name, uid, annotations },
})
const noted = seal.notes('a', notes)
const text = noted[POD_NOTE.notes] as string
const json = text.slice(text.indexOf(' ') + 1)

test('what a server has noted is read by whoever knows its secret', () => {
  assert.deepEqual(seal.notesOf(pod(noted)), notes)
  assert.deepEqual(createPodSeal(Buffer.alloc(32, 1)).notesOf(pod(noted, 'a', 'made again')), notes)
  assert.deepEqual(seal.collectedOf(pod(seal.collected(pod({}), { lost: true }))), { lost: true })
})

const others = createPodSeal(Buffer.alloc(32, 2))
const hostile: readonly [what: string, annotations: Readonly<Record<string, string>>, name?: string][] = [
  ['nothing', {}],
  ['an empty text', { [POD_NOTE.notes]: '' }],
  ['no seal', { [POD_NOTE.notes]: json }],
  ['a seal of nothing', { [POD_NOTE.notes]: text.slice(0, text.indexOf(' ')) }],
  ['another path', { [POD_NOTE.notes]: text.replace('/data/work/a/model', '/etc') }],
  ['another role', { [POD_NOTE.notes]: text.replace('role/a', 'role/b') }],
  ['the seal of another installation', others.notes('a', notes)],
  ['the notes of another Pod', noted, 'b'],
  [
    'a seal for another purpose',
    { [POD_NOTE.notes]: seal.collected(pod({}), notes as object)[POD_NOTE.collected] as string },
  ],
  ['characters that are longer than they look', { [POD_NOTE.notes]: `${'é'.repeat(43)} ${json}` }],
]
for (const [what, annotations, name] of hostile)
  test(`no notes: ${what}`, () => assert.equal(seal.notesOf(pod(annotations, name)), undefined))

test('that the files of a Pod are back is said of that very Pod', () => {
  const collected = seal.collected(pod({}), {})
  assert.equal(seal.collectedOf(pod(collected, 'a', 'made again')), undefined)
  assert.equal(seal.collectedOf(pod(collected, 'b')), undefined)
  assert.equal(seal.collectedOf(pod({ [POD_NOTE.collected]: '{}' })), undefined)
  assert.equal(seal.collectedOf(pod({ [POD_NOTE.collected]: noted[POD_NOTE.notes] as string })), undefined)
})
