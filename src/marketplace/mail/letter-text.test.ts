import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Letter, letters } from './letter.ts'
import { letterFor, writeLetter } from './letter-text.ts'

const letter: Letter = {
  subject: 'About {product.title}',
  text: ['It has {version.title}.', 'It is for {accounts}.', 'It renews: {agreement.autoRenewalEnabled}.'],
  next: 'Look.',
  page: '/marketplace/subscriptions/{agreement.id}',
}
const url = 'https://mart.example'

test('a letter tells its facts, what to do next, and where', () => {
  const facts = {
    product: { title: 'Trees' },
    version: { title: '2.0' },
    accounts: ['1', '2'],
    agreement: { id: 'agmt-1', autoRenewalEnabled: false },
  }
  const { subject, text } = writeLetter(letter, facts, url)
  assert.equal(subject, 'About Trees')
  assert.deepEqual(text.split('\n').slice(0, 6), [
    ...['It has 2.0.', 'It is for 1, 2.', 'It renews: no.', '', 'Look.'],
    'https://mart.example/console/marketplace/subscriptions/agmt-1',
  ])
})

test('a sentence whose facts are not known is left out', () => {
  const { text } = writeLetter(letter, { product: { title: 'Trees' }, agreement: { id: 'a' }, accounts: [] }, url)
  assert.equal(text.split('\n')[0], '')
})

test('there is a letter for an intent or a status first', () => {
  const created = 'Purchase Agreement Created - Acceptor'
  assert.equal(letterFor(created, { agreement: { intent: 'RENEW' } }), letters[`${created}: RENEW`])
  assert.equal(letterFor(created, { agreement: { intent: 'NEW', status: 'ACTIVE' } }), letters[created])
  const ended = 'Purchase Agreement Ended - Acceptor'
  assert.equal(letterFor(ended, { agreement: { status: 'CANCELLED' } }), letters[`${ended}: CANCELLED`])
  // Another letter tells of the agreement that follows.
  assert.equal(letterFor(ended, { agreement: { status: 'RENEWED' } }), undefined)
  assert.equal(letterFor('Change Set Succeeded', {}), undefined)
})

for (const [name, { subject, text, next, page }] of Object.entries(letters))
  test(`the letter "${name}" has all its parts`, () => {
    assert.ok(subject.length <= 120 && text.length > 0)
    for (const sentence of [...text.filter(each => !each.endsWith('}')), next])
      assert.match(sentence, /^["A-Z{].*[.?]$/)
    assert.match(page, /^\/(marketplace|partnercentral)\//)
  })

test('whatever others have written, a letter has no lines and no places of theirs', () => {
  const own = writeLetter(letter, { product: { title: 'x' }, version: { title: 'y' }, agreement: { id: 'z' } }, url)
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      (a, b, c) => {
        const [title, version, id] = [`t${a}`, `v${b}`, `i${c}`.toWellFormed()]
        const facts = { product: { title }, version: { title: version }, agreement: { id } }
        const { subject, text } = writeLetter(letter, facts, url)
        assert.equal(subject.split(/[\r\n]/).length, 1)
        assert.equal(text.split(/\r|\n|\u2028|\u2029/).length, own.text.split('\n').length)
        assert.ok(!text.split('\n')[3]?.includes(' '), 'a link is one word')
      },
    ),
  )
})
