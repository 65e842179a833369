import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { cvssV3BaseScore } from './cvss-v3.ts'
import { cvssV4BaseScore } from './cvss-v4.ts'

// Published examples: FIRST's CVSS v3.1 Examples document and the National Vulnerability Database.
const published: Readonly<Record<string, number>> = {
  'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H': 9.8,
  'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H': 10,
  'CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N': 6.1,
  'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N': 6.4,
  'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N': 3.1,
  'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N': 7.5,
  'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H': 7.8,
  'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H': 9.9,
  'CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H': 6.8,
  'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N': 7.4,
  'CVSS:3.1/AV:L/AC:H/PR:H/UI:N/S:U/C:L/I:N/A:N': 1.9,
  'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N': 0,
}
for (const [vector, score] of Object.entries(published))
  test(vector, () => assert.equal(cvssV3BaseScore(vector), score))

test('temporal metrics change nothing, and what is no vector of version 3 has no score', () => {
  assert.equal(cvssV3BaseScore('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C'), 9.8)
  for (const vector of ['', 'CVSS:3.1', 'AV:N/AC:L/Au:N/C:P/I:P/A:P', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/C:H/I:H/A:H'])
    assert.equal(cvssV3BaseScore(vector), undefined)
})

test('a score is a tenth between 0 and 10, and more impact never lowers it', () => {
  const base = fc.tuple(...['NALP', 'LH', 'NLH', 'NR', 'UC'].map(letters => fc.constantFrom(...letters)))
  const impact = fc.constantFrom('N', 'L', 'H')
  fc.assert(
    fc.property(base, impact, impact, ([av, ac, pr, ui, s], c, i) => {
      const scores = ['N', 'L', 'H'].map(a =>
        cvssV3BaseScore(`CVSS:3.1/AV:${av}/AC:${ac}/PR:${pr}/UI:${ui}/S:${s}/C:${c}/I:${i}/A:${a}`),
      ) as number[]
      for (const score of scores)
        assert.ok(score >= 0 && score <= 10 && Math.abs(score * 10 - Math.round(score * 10)) < 1e-9)
      assert.deepEqual(
        scores.toSorted((x, y) => x - y),
        scores,
      )
    }),
  )
})

// As FIRST's calculator gives them and advisories publish them.
const publishedV4: Readonly<Record<string, number>> = {
  'AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H': 10,
  'AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N': 9.3,
  'AV:N/AC:H/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N': 9.2,
  'AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N': 8.7,
  'AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N': 8.7,
  'AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N': 8.7,
  'AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N': 8.5,
  'AV:L/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N': 8.4,
  'AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:L/SC:N/SI:N/SA:N': 6.9,
  'AV:N/AC:L/AT:N/PR:L/UI:N/VC:L/VI:L/VA:L/SC:N/SI:N/SA:N': 5.3,
  'AV:N/AC:L/AT:N/PR:N/UI:P/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N': 5.3,
  'AV:N/AC:L/AT:N/PR:L/UI:P/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N': 5.1,
  'AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N': 0,
}
for (const [vector, score] of Object.entries(publishedV4))
  test(`CVSS:4.0/${vector}`, () => assert.equal(cvssV4BaseScore(`CVSS:4.0/${vector}`), score))

test('version 4: more of anything never lowers a score by more than the rounding of its classes', () => {
  const letters = ['NALP', 'LH', 'NP', 'NLH', 'NPA', 'HLN', 'HLN', 'HLN', 'HLN', 'HLN', 'HLN']
  const names = ['AV', 'AC', 'AT', 'PR', 'UI', 'VC', 'VI', 'VA', 'SC', 'SI', 'SA']
  const levels = fc.tuple(...letters.map(known => fc.nat(known.length - 1)))
  const scoreOf = (at: readonly number[]) =>
    cvssV4BaseScore(
      `CVSS:4.0/${names.map((name, index) => `${name}:${letters[index]?.[at[index] ?? 0]}`).join('/')}`,
    ) ?? -1
  fc.assert(
    fc.property(levels, fc.nat(10), (at, index) => {
      const score = scoreOf(at)
      assert.ok(score >= 0 && score <= 10)
      const worse = at.map((level, position) => (position === index ? Math.max(0, level - 1) : level))
      assert.ok(scoreOf(worse) >= score - 0.3, `${at} ${worse}: ${score} ${scoreOf(worse)}`)
    }),
    { numRuns: 3000 },
  )
  for (const vector of ['CVSS:4.0', 'CVSS:4.0/AV:N', 'CVSS:4.1/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'])
    assert.equal(cvssV4BaseScore(vector), undefined)
})
