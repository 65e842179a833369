import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { attachVolume, makeVolume, removeVolumes, volumeRoom, volumesBelow } from './volume.ts'

const mebibyte = 1024 ** 2
let root: string
let mountable: boolean

before(async () => {
  const real = await realpath(await mkdtemp(join(tmpdir(), 'modelmart volume ')))
  root = join(real, 'link')
  await mkdir(join(real, 'work'))
  await symlink('work', root)
  mountable = (await makeVolume(volume('probe'))) === undefined
})
after(async () => {
  await removeVolumes(root)
  await rm(join(root, '..'), { recursive: true })
})

const volume = (name: string, bytes: number | undefined = 64 * mebibyte, inMemory = false) => ({
  ...{ directory: join(root, name), bytes, inMemory },
})
const unlessMountable = () => (mountable ? false : 'this machine does not let us mount')
const unmount = (directory: string) => promisify(execFile)('umount', [directory])
const fill = (path: string, bytes: number) => writeFile(path, Buffer.alloc(bytes, 1))

for (const inMemory of [false, true])
  test(`a volume ${inMemory ? 'in memory' : 'in a file'} holds what its size says, and no more`, async t => {
    if (unlessMountable()) return t.skip()
    const spec = volume(`size ${inMemory}`, 64 * mebibyte, inMemory)
    assert.equal(await makeVolume(spec), undefined)
    await fill(join(spec.directory, 'fits'), 40 * mebibyte)
    await assert.rejects(fill(join(spec.directory, 'too much'), 40 * mebibyte), { code: 'ENOSPC' })
    const { bytes = 0, free = 1 } = (await volumeRoom(spec.directory)) ?? {}
    assert.ok(bytes > 40 * mebibyte && bytes <= 64 * mebibyte, String(bytes))
    assert.ok(free < mebibyte, String(free))
    const [mount] = await volumesBelow(spec.directory)
    assert.equal(mount?.directory, await realpath(spec.directory))
    const line = (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .find(text => text.includes(`size\\040${inMemory}`))
    assert.match(line ?? '', /nosuid,nodev/)
    await removeVolumes(root)
    assert.equal(await volumeRoom(spec.directory), undefined)
  })

test('a file takes room on the disk only as it is filled', async t => {
  if (unlessMountable()) return t.skip()
  const spec = volume('sparse', 1024 * mebibyte)
  assert.equal(await makeVolume(spec), undefined)
  const { blocks } = await stat(`${spec.directory}.ext4`)
  assert.ok(blocks * 512 < 40 * mebibyte, String(blocks * 512))
})

test('a volume is made anew over whatever is left of one, and is attached again with its files', async t => {
  if (unlessMountable()) return t.skip()
  const spec = volume('again')
  await makeVolume(spec)
  await writeFile(join(spec.directory, 'kept'), 'kept')
  await unmount(spec.directory)
  assert.equal(await attachVolume(spec), true)
  assert.equal(await readFile(join(spec.directory, 'kept'), 'utf8'), 'kept')
  assert.equal(await attachVolume(spec), true, 'one that is there')
  assert.equal(await makeVolume(spec), undefined)
  await assert.rejects(readFile(join(spec.directory, 'kept')), { code: 'ENOENT' })
  await unmount(spec.directory)
  assert.equal(await attachVolume({ ...spec, inMemory: true }), false, 'memory forgets')
  await writeFile(`${spec.directory}.ext4`, Buffer.alloc(4 * mebibyte, 7))
  assert.equal(await attachVolume(spec), false, 'one that is damaged')
})

test('a volume that lost what was written, since the disk below was full, is not whole', async t => {
  if (unlessMountable()) return t.skip()
  const disk = volume('small disk', 48 * mebibyte, true)
  await makeVolume(disk)
  const spec = { directory: join(disk.directory, 'volume'), bytes: 40 * mebibyte, inMemory: false }
  assert.equal(await makeVolume(spec), undefined)
  await fill(join(disk.directory, 'others'), 20 * mebibyte)
  assert.equal(await attachVolume(spec), true, 'what is written so far')
  await fill(join(spec.directory, 'more'), 32 * mebibyte).catch(() => {})
  for (const time of ['first', 'second']) assert.equal(await attachVolume(spec), false, time)
})

test('memory that the machine does not have is refused, also what other volumes may come to need', async t => {
  if (unlessMountable()) return t.skip()
  await assert.rejects(makeVolume(volume('huge', 2 ** 44, true)), (error: Error) => {
    assert.match(error.message, /kept in memory.*16384\.0 GB are asked for, and [\d.]+ GB of memory are free/)
    return error.name === 'CapacityError'
  })
})

test('without a bound it is a plain directory', async () => {
  const spec = { ...volume('plain'), bytes: undefined }
  assert.equal(await makeVolume(spec), undefined)
  assert.equal(await attachVolume(spec), true)
  assert.equal(await volumeRoom(spec.directory), undefined)
})

test('where nothing can be mounted, the answer says why', async () => {
  const path = process.env.PATH
  process.env.PATH = '/nowhere'
  try {
    assert.match((await makeVolume(volume('poor'))) ?? '', /mkfs\.ext4 ENOENT; install e2fsprogs/)
  } finally {
    process.env.PATH = path
  }
})
