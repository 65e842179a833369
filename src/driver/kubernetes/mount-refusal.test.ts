import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isInMemory, mountRefusal } from './mount-refusal.ts'

const place = mkdtempSync(join(tmpdir(), 'modelmart-refusal-'))
after(() => rmSync(place, { recursive: true }))
const mount = (source: string, target = '/opt/ml/input') => ({ source, target, readOnly: true })

test('directories and files are copied', async () => {
  mkdirSync(join(place, 'input/data'), { recursive: true })
  assert.equal(await mountRefusal([mount(join(place, 'input')), mount('/etc/passwd', '/etc/passwd')]), undefined)
})

test('a named pipe, however deep, is refused: Pipe mode', async () => {
  mkdirSync(join(place, 'pipes/data'), { recursive: true })
  execFileSync('mkfifo', [join(place, 'pipes/data/train_0')])
  assert.match((await mountRefusal([mount(join(place, 'pipes'))])) ?? '', /^Pipe mode is not offered on Kubernetes/)
})

test('a folder for models that are loaded later is refused: multi-model endpoints', async () => {
  assert.match((await mountRefusal([mount(place, '/opt/ml/models')])) ?? '', /^Multi-model endpoints are not offered/)
})

const table = `/dev/vda / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
modelmart /data/a\\040job/algo-1 tmpfs rw 0 0
/dev/loop1 /data/other/algo-1 ext4 rw 0 0
modelmart /view overlay rw 0 0
`
const paths: readonly [path: string, inMemory: boolean][] = [
  ['/data/a job/algo-1', true],
  ['/data/a job/algo-1/ml/output', true],
  ['/data/a job/algo-10', false],
  ['/data/a job', false],
  ['/data/other/algo-1/ml', false],
  ['/tmp/x', false],
  ['/view/x', false],
]
for (const [path, expected] of paths)
  test(`${path} is ${expected ? '' : 'not '}in a volume that is kept in memory`, () =>
    assert.equal(isInMemory(path, table), expected))
