import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import test from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { compareApkVersions } from './apk-version.ts'
import { compareDpkgVersions } from './dpkg-version.ts'
import { compareRpmPart, compareRpmVersions } from './rpm-version.ts'

type Compare = (a: string, b: string) => number
const sign = (order: number): string => (order < 0 ? '<' : order > 0 ? '>' : '=')

function check(compare: Compare, vectors: string): void {
  const pairs = vectors.trim().split(/\s*\n\s*/)
  for (const pair of pairs) {
    const [a = '', expected = '', b = ''] = pair.split(' ')
    assert.equal(sign(compare(a, b)), expected, pair)
    assert.equal(sign(compare(b, a)), { '<': '>', '>': '<', '=': '=' }[expected], `${pair}, turned around`)
  }
}

test('dpkg: the order of the Debian Policy Manual', () => {
  const ascending = ['~~', '~~a', '~', '', 'a']
  for (const [at, version] of ascending.entries())
    for (const later of ascending.slice(at + 1))
      assert.ok(compareDpkgVersions(`1${version}`, `1${later}`) < 0, `${version} ${later}`)
  check(
    compareDpkgVersions,
    `1.0~beta1~svn1245 < 1.0~beta1
     1.0~beta1 < 1.0
     1.0 = 1.0-0
     1.0 = 0:1.0
     1:0.1 > 9.9
     2:1 < 10:1
     1.0-1 < 1.0-1+b1
     1.0-1 < 1.0-1.1
     1.0-1 < 1.0-2
     1.9 < 1.10
     1.09 = 1.9
     1.0a < 1.0+
     1.0a < 1.0b
     1.0Z < 1.0a
     3.0.11-1~deb12u1 < 3.0.11-1
     3.0.11-1~deb12u1 < 3.0.11-1~deb12u2
     2.36-9+deb12u9 < 2.36-9+deb12u10
     7.88.1-10+deb12u5 < 8.5.0-2
     1.2.3-4-5 > 1.2.3-4
     0 < 1.0
     9999999999999999999999 < 10000000000000000000000
     3.0.2-0ubuntu1.10 > 3.0.2-0ubuntu1.9`,
  )
})

test("rpm: rpm's own vectors", () => {
  check(
    compareRpmPart,
    `1.0 = 1.0
     1.0 < 2.0
     2.0 < 2.0.1
     2.0.1a > 2.0.1
     5.5p1 < 5.5p2
     5.5p1 < 5.5p10
     10xyz < 10.1xyz
     xyz10 < xyz10.1
     xyz.4 < 8
     xyz.4 < 2
     5.5p2 < 5.6p1
     5.6p1 < 6.5p1
     6.0.rc1 > 6.0
     10b2 > 10a1
     10a2 < 10b2
     1.0a < 1.0aa
     10.0001 = 10.1
     10.0001 < 10.0039
     4.999.9 < 5.0
     20101121 < 20101122
     2_0 = 2.0
     a+ = a_
     +a = _a
     +_ = _+
     + = _
     1.0~rc1 < 1.0
     1.0~rc1 < 1.0~rc2
     1.0~rc1~git123 < 1.0~rc1
     1b.fc17 < 1.fc17
     1g.fc17 > 1.fc17
     1.1.α = 1.1.ββ
     1.0^ > 1.0
     1.0^git1 > 1.0
     1.0^git1 < 1.0^git2
     1.0^git1 < 1.01
     1.0^20160101 < 1.0.1
     1.0^20160101^git1 > 1.0^20160101
     1.0~rc1^git1 > 1.0~rc1
     1.0^git1~pre < 1.0^git1`,
  )
  check(
    compareRpmVersions,
    `1:1.0-1 > 2.0-1
     0:1.9.5p2-10.el9 = 1.9.5p2-10.el9
     1.9.5p2-10.el9 < 1.9.5p2-10.el9_6.1
     2.34-100.el9_4.2 < 2.34-168.el9
     1.0-2 < 1.0-10
     1.0 < 1.0-1`,
  )
})

test("apk: apk's own vectors", () => {
  check(
    compareApkVersions,
    `2.34 > 0.1.0_alpha
     23_foo > 4_beta
     1.0 < 1.0bc
     0.1.0_alpha = 0.1.0_alpha
     0.1.0_alpha < 0.1.3_alpha
     0.1.0_alpha2 > 0.1.0_alpha
     0.1.0_alpha < 2.2.39-r1
     1.0.4-r3 < 1.0.4-r4
     1.0.4-r4 < 1.6
     1.1 > 1.1_alpha1
     1.2.1 > 1.2
     1.3_alpha8 > 0.6.0
     2.3.0b-r1 < 2.3.0b-r2
     0.12.3 > 0.12
     0.13_beta4 < 0.13_beta5
     3.1_p16 < 3.1_p17
     3.1_p17 > 1.06-r6
     1.06-r6 < 006
     006 > 1.0.0
     9.3.4-r2 > 9.3.4
     2.16.1-r3 = 2.16.1-r3
     20050718-r2 > 3.9.8-r5
     2.01.01_alpha10 > 0.94
     1.0 > 0.99.3.20040818
     0.10.2 > 0.9.2
     1.39 > 1.00_beta2
     1.02 < 1.03-r1
     4.2.52_p2-r1 < 4.2.52_p4-r2
     1.02.07 < 1.02.10-r1
     2.18.3-r10 > 1.05-r18
     20060720 > 3.0.20060720
     2.5.1-r8 < 2.5.1a-r1
     1.3.5-r10 > 1.3.5-r8
     3.0.0-r2 < 021109-r3
     3.9_pre20060124 > 0.01
     0.15.1b-r2 > 0.15.1b
     1.2.07.8 < 1.2.12.04
     4.5_p1-r1 > 4.5_p1
     0.9.8c-r1 < 0.9.8d
     2.2.3-r2 < 013
     0.98 < 1.00
     1.6.8_p12-r1 > 1.6.8_p9-r2
     2.9.11_pre20051101 < 2.9.11_pre20061021-r1
     0.9.28-r2 < 0.9.28.1
     087-r1 < 103
     7.0.17 < 7.0.174
     1.3-r0 < 1.3.1-r0
     1.3_pre1-r1 < 1.3.2
     1.0_p10-r0 > 1.0_p9-r0
     0.1.0_alpha_pre2 < 0.1.0_alpha
     1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0`,
  )
})

const likely = (characters: string) =>
  fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 }))
const orders: readonly (readonly [string, Compare, fc.Arbitrary<string>])[] = [
  ['dpkg', compareDpkgVersions, likely('019a.Z+~-:')],
  ['rpm', compareRpmVersions, likely('019aZ.~^_-:')],
  [
    'apk',
    compareApkVersions,
    fc.oneof(likely('019ab._-r~'), fc.stringMatching(/^[019]{1,2}(\.[019]{1,2}){0,2}b?(_(rc|p)1?){0,2}(-r[01])?$/)),
  ],
]
for (const [name, compare, version] of orders)
  test(`${name}: the order is total, whatever the versions`, () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.equal(Math.sign(compare(a, b)), -Math.sign(compare(b, a)) + 0)
        assert.ok(compare(a, a) === 0)
        const [x = '', y = '', z = ''] = [a, b, c].sort(compare)
        assert.ok(compare(x, y) <= 0 && compare(y, z) <= 0 && compare(x, z) <= 0)
        if (compare(x, y) === 0) assert.equal(Math.sign(compare(x, z)), Math.sign(compare(y, z)))
      }),
      { numRuns: 2000 },
    )
  })

test('dpkg itself orders versions the same way', async t => {
  const part = fc.stringMatching(/^[0-9][0-9a-z.+~]{0,7}$/)
  const version = fc.tuple(
    fc.constantFrom('', '0:', '1:'),
    part,
    fc.constantFrom('', '-0', '-1', '-1~b', '-1+b1', '-10'),
  )
  const pairs = fc.sample(fc.tuple(version, version), { numRuns: 150, seed: 7 }).map(pair => pair.map(v => v.join('')))
  const script = pairs.map(
    ([a, b]) =>
      `dpkg --compare-versions '${a}' lt '${b}' && echo '<' || { dpkg --compare-versions '${a}' eq '${b}' && echo = || echo '>'; }`,
  )
  const run = await promisify(execFile)('sh', [
    '-c',
    `command -v dpkg >/dev/null || exit 9\n${script.join('\n')}`,
  ]).catch(() => undefined)
  if (!run) return t.skip('there is no dpkg')
  for (const [at, expected] of run.stdout.trim().split('\n').entries()) {
    const [a = '', b = ''] = pairs[at] ?? []
    assert.equal(sign(compareDpkgVersions(a, b)), expected, `${a} ${b}`)
  }
})
