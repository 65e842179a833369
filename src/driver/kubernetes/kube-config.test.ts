import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { quantity } from './cluster-info.ts'
import { accessByFile, accessInCluster } from './kube-config.ts'

const place = mkdtempSync(join(tmpdir(), 'modelmart-kubeconfig-'))
after(() => rmSync(place, { recursive: true }))
const base64 = (text: string) => Buffer.from(text).toString('base64')
const written = (user: string, context = '{cluster: c, user: u, namespace: jobs}') => {
  const path = join(place, 'config')
  const lines = [
    'current-context: here',
    `contexts: [{name: here, context: ${context}}, {name: other, context: {cluster: c, user: u}}]`,
    `clusters: [{name: c, cluster: {server: 'https://10.0.0.1:6443', certificate-authority: ca.crt}}]`,
    `users: [{name: u, user: ${user}}]`,
  ]
  writeFileSync(path, lines.join('\n'))
  return path
}
writeFileSync(join(place, 'ca.crt'), 'authority\n')
writeFileSync(join(place, 'token'), 'first\n')
writeFileSync(join(place, 'namespace'), 'market\n')

test('a kubeconfig says where and as whom; its paths begin beside it', async () => {
  const { token, ...access } = await accessByFile(written('{token: t}'))
  assert.deepEqual(access, {
    ...{ server: 'https://10.0.0.1:6443', namespace: 'jobs', ca: 'authority\n', skipVerify: false },
    ...{ cert: undefined, key: undefined },
  })
  assert.equal(await token(), 't')
  assert.equal((await accessByFile(written('{token: t}'), 'other')).namespace, 'default')
  const certified = await accessByFile(
    written(`{client-certificate-data: ${base64('c')}, client-key-data: ${base64('k')}}`),
  )
  assert.deepEqual([certified.cert, certified.key, await certified.token()], ['c', 'k', undefined])
})

test('a token in a file is read anew each time', async () => {
  const { token } = await accessByFile(written('{tokenFile: token}'))
  assert.equal(await token(), 'first')
  writeFileSync(join(place, 'token'), 'second\n')
  assert.equal(await token(), 'second')
  const pod = await accessInCluster({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }, place)
  assert.deepEqual([pod.server, pod.namespace, await pod.token()], ['https://[fd00::1]:6443', 'market', 'second'])
})

test('what cannot be used is refused in words', async () => {
  await assert.rejects(accessByFile(written('{exec: {command: aws}}')), /signs u in by exec; a token or a client/)
  await assert.rejects(accessByFile(written('{token: t}'), 'nowhere'), /has no context "nowhere"/)
  await assert.rejects(accessByFile(written('{token: t}', '{cluster: x, user: u}')), /has no cluster "x"/)
  await assert.rejects(accessInCluster({}), /This is no Pod of a cluster/)
})

test('quantities', () => {
  assert.deepEqual(['500m', '2', '3950Mi', '1Gi', '16k', undefined, '4Zz'].map(quantity), [
    0.5,
    2,
    3950 * 2 ** 20,
    2 ** 30,
    16_000,
    0,
    Number.NaN,
  ])
})
