import assert from 'node:assert/strict'
import test from 'node:test'
import { craftLayer, craftTar, scanLayers } from './layer.fixture.ts'
import { aws2018, scanPolicies } from './scan-policy.ts'

const listed: Readonly<Record<string, readonly string[]>> = {
  debian: ['7', '8.11', '9', '10'],
  ubuntu: [
    '12.04',
    '12.10',
    '13.04',
    '14.04',
    '14.10',
    '15.04',
    '15.10',
    '16.04',
    '16.10',
    '17.04',
    '17.10',
    '18.04',
    '18.10',
  ],
  centos: ['5', '6', '7'],
  ol: ['5.11', '6', '7.9'],
  alpine: ['3.3.3', '3.4.0', '3.5.2'],
  amzn: ['2', '2018.03'],
}
const unlisted: readonly (readonly [string, string])[] = [
  ['debian', '11'],
  ['ubuntu', '13.10'],
  ['ubuntu', '20.04'],
  ['alpine', '3.6'],
  ['alpine', '3.30'],
  ['centos', '8'],
  ['rhel', '7'],
]

const blocked = async (id: string, version: string) => {
  const files = [{ name: 'etc/os-release', content: `ID=${id}\nVERSION_ID="${version}"\n` }]
  return (await scanLayers([craftLayer(craftTar(files))], { policy: aws2018 })).blocked
}

test('the policy of 2018 passes what AWS listed then, and nothing else', async () => {
  for (const [id, versions] of Object.entries(listed))
    for (const version of versions) assert.equal(await blocked(id, version), undefined, `${id} ${version}`)
  for (const [id, version] of unlisted)
    assert.match((await blocked(id, version)) ?? '', /policy "aws-2018" does not/, `${id} ${version}`)
})

test('systems from before os-release are known by their release files', async () => {
  const files = [
    ['etc/debian_version', '6.0.10\n', 'debian', '6.0.10'],
    ['etc/redhat-release', 'CentOS release 6.10 (Final)\n', 'centos', '6.10'],
    ['etc/redhat-release', 'CentOS Linux release 7.9.2009 (Core)\n', 'centos', '7.9.2009'],
    ['etc/system-release', 'Amazon Linux AMI release 2018.03\n', 'amzn', '2018.03'],
    ['etc/alpine-release', '3.5.2\n', 'alpine', '3.5.2'],
  ] as const
  for (const [name, content, id, version] of files) {
    const report = await scanLayers([craftLayer(craftTar([{ name, content }]))], { policy: aws2018 })
    assert.deepEqual([report.operatingSystem?.id, report.operatingSystem?.version], [id, version])
    assert.equal(report.blocked, undefined)
  }
})

test('policies are known by name', () => {
  assert.deepEqual(
    Object.entries(scanPolicies).map(([name, policy]) => [name, policy.name]),
    [
      ['current', 'current'],
      ['current-fixable', 'current-fixable'],
      ['aws-2018', 'aws-2018'],
    ],
  )
})

test('a static program without an operating system is told which file of the stage that built it to add', async () => {
  const { blocked: reason } = await scanLayers([craftLayer(craftTar([{ name: 'serve', content: 'x' }]))], {
    policy: aws2018,
  })
  assert.match(reason ?? '', /finds no operating system in the image/)
  assert.match(
    reason ?? '',
    /A static program needs only that file .*: COPY --from=STAGE \/etc\/os-release \/etc\/os-release\./,
  )
})
