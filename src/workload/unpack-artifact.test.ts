import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { createGzip, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { packTar, type TarHeader } from 'modern-tar'
import { ServiceError } from '../ground/errors.ts'
import { createLeftOut } from './left-out.ts'
import { isEmpty, packArtifact } from './pack-artifact.ts'
import { unpackArtifact } from './unpack-artifact.ts'

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-artifact-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function write(root: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  await mkdir(root, { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return root
}

/** Files and links below a directory, by path. */
async function read(root: string, below = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = join(below, entry.name)
    if (entry.isDirectory()) Object.assign(found, await read(root, path))
    else if (entry.isSymbolicLink()) found[path] = `-> ${await readlink(join(root, path))}`
    else found[path] = (await readFile(join(root, path))).toString('latin1')
  }
  return found
}

const name = fc.stringMatching(/^[a-zA-Z0-9 _.é-]{1,20}$/).filter(part => part !== '.' && part !== '..')
const path = fc
  .array(name, { minLength: 1, maxLength: 12 })
  .map(parts => parts.join('/'))
  .filter(whole => whole.trim() !== '')
const files = fc
  .uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 70_000 })), { maxLength: 12, selector: ([path]) => path })
  .map(all => all.filter(([path]) => !all.some(([other]) => other.startsWith(`${path}/`))))

test('what is packed is unpacked as it was', async t => {
  const root = await scratch(t)
  let run = 0
  await fc.assert(
    fc.asyncProperty(files, async all => {
      const tree = Object.fromEntries(all.map(([path, content]) => [path, Buffer.from(content)]))
      const from = await write(join(root, `from-${++run}`), tree)
      await unpackArtifact(packArtifact([from], createLeftOut()), join(root, `to-${run}`), 's3://b/k')
      assert.deepEqual(await read(join(root, `to-${run}`)), await read(from))
    }),
    { numRuns: 40 },
  )
})

test('names of one file stay names of one file, inner links stay links, programs stay programs', async t => {
  const root = await scratch(t)
  const from = await write(join(root, 'from'), { 'a/model': 'weights', 'run.sh': '#!', empty: '' })
  await link(join(from, 'a/model'), join(from, 'same'))
  await link(join(from, 'empty'), join(from, 'a/empty'))
  await symlink('a/model', join(from, 'latest'))
  await symlink('../run.sh', join(from, 'a/run'))
  await chmod(join(from, 'run.sh'), 0o750)
  await unpackArtifact(packArtifact([from], createLeftOut()), join(root, 'to'), 's3://b/k')
  assert.deepEqual(await read(join(root, 'to')), {
    'a/model': 'weights',
    'a/empty': '',
    'a/run': '-> ../run.sh',
    'run.sh': '#!',
    empty: '',
    latest: '-> a/model',
    same: 'weights',
  })
  assert.equal((await stat(join(root, 'to/run.sh'))).mode & 0o777, 0o755)
  assert.equal((await stat(join(root, 'to/same'))).mode & 0o777, 0o644)
  assert.equal((await stat(join(root, 'to/same'))).ino, (await stat(join(root, 'to/a/model'))).ino)
})

test('where hosts wrote the same name, the first keeps it', async t => {
  const root = await scratch(t)
  const hosts = [
    await write(join(root, '1'), { model: 'first' }),
    await write(join(root, '2'), { model: 'second', more: 'x' }),
  ]
  await unpackArtifact(packArtifact(hosts, createLeftOut()), join(root, 'to'), 's3://b/k')
  assert.deepEqual(await read(join(root, 'to')), { model: 'first', more: 'x' })
  assert.equal(await isEmpty([join(root, 'to')], createLeftOut()), false)
  assert.equal(await isEmpty([await write(join(root, 'none/below'), {}), join(root, 'none')], createLeftOut()), true)
})

test('links that lead outside and things that are no files are left out and told; names that cannot be kept fail after the rest', async t => {
  const root = await scratch(t)
  const run = promisify(execFile)
  const make: Readonly<Record<string, (at: string) => Promise<unknown>>> = {
    absolute: at => symlink('/etc/passwd', at),
    relative: at => symlink('../../etc/passwd', at),
    through: async at => {
      await symlink('..', join(dirname(at), 'sub/up'))
      await symlink('sub/up/../hidden', at)
    },
    pipe: at => run('mkfifo', [at]),
    'C:name': at => writeFile(at, 'x'),
  }
  await writeFile(join(root, 'hidden'), 'of someone else')
  for (const [name, create] of Object.entries(make)) {
    const from = await write(join(root, `from-${name}`), { 'sub/deep/file': 'x' })
    await create(join(from, name))
    const leftOut = createLeftOut()
    await unpackArtifact(packArtifact([from], leftOut), join(root, `to-${name}`), 's3://b/k')
    const found = await read(join(root, `to-${name}`))
    assert.equal(found['sub/deep/file'], 'x')
    assert.equal(found[name], undefined)
    assert.match(leftOut.told() ?? '', new RegExp(`^Not uploaded: "${name}" \\(`))
    if (name === 'C:name')
      assert.throws(() => leftOut.check(), {
        code: 'AlgorithmError',
        message: /left what cannot be uploaded: "C:name"/,
      })
    else leftOut.check()
  }
})

test('what a directory claims to hold beyond its file system is not read', async t => {
  const root = await scratch(t)
  await truncate(join(await write(join(root, 'from'), { giant: '' }), 'giant'), 8 * 1024 ** 4)
  const packed = packArtifact([join(root, 'from')], createLeftOut())
  await assert.rejects(packed.resume().toArray(), {
    code: 'AlgorithmError',
    message: /left files of more than \d+ bytes, holes included/,
  })
})

const member = (header: Partial<TarHeader> & { name: string }, body = '') => ({
  header: { size: Buffer.byteLength(body), ...header },
  ...(body && { body }),
})
const archive = async (...members: ReturnType<typeof member>[]): Promise<Buffer> => Buffer.from(await packTar(members))

const link1 = (name: string, linkname: string) => member({ name, type: 'symlink', linkname })
const refused: readonly (readonly [string, () => Promise<Buffer>, RegExp])[] = [
  [
    'a name that climbs',
    async () => gzipSync(await archive(member({ name: '../evil' }, 'x'))),
    /"\.\.\/evil" would land outside/,
  ],
  [
    'a name that climbs later',
    async () => gzipSync(await archive(member({ name: 'a/../../evil' }, 'x'))),
    /would land outside/,
  ],
  [
    'an absolute name',
    async () => gzipSync(await archive(member({ name: '/etc/evil' }, 'x'))),
    /"\/etc\/evil" would land outside/,
  ],
  [
    'a hard link',
    async () => gzipSync(await archive(member({ name: 'evil', type: 'link', linkname: '../../etc/passwd' }))),
    /"evil" leads outside/,
  ],
  [
    'a device',
    async () => gzipSync(await archive(member({ name: 'evil', type: 'block-device' }))),
    /"evil" is a block-device/,
  ],
  ['a pipe', async () => gzipSync(await archive(member({ name: 'evil', type: 'fifo' }))), /"evil" is a fifo/],
  ['an absolute link', async () => gzipSync(await archive(link1('evil', '/etc'))), /"evil" leads outside/],
  ['a link that climbs', async () => gzipSync(await archive(link1('a/evil', '../../etc'))), /"a\/evil" leads outside/],
  [
    'a link that climbs through another',
    async () =>
      gzipSync(
        await archive(member({ name: 'sub/x' }, 'x'), link1('sub/up', '..'), link1('evil', 'sub/up/../outside')),
      ),
    /points outside/,
  ],
  [
    'a member through a climbing link',
    async () => gzipSync(await archive(link1('evil', '..'), member({ name: 'evil/file' }, 'x'))),
    /leads outside/,
  ],
  [
    'a member through two links',
    async () =>
      gzipSync(
        await archive(
          member({ name: 'sub/x' }, 'x'),
          link1('sub/up', '..'),
          link1('evil', 'sub/up/..'),
          member({ name: 'evil/file' }, 'x'),
        ),
      ),
    /cannot be unpacked/,
  ],
  [
    'a file where a directory is needed',
    async () => gzipSync(await archive(member({ name: 'a' }, 'x'), member({ name: 'a/b' }, 'x'))),
    /cannot be unpacked/,
  ],
  [
    'a name too long for a file',
    async () => gzipSync(await archive(member({ name: 'n'.repeat(300) }, 'x'))),
    /ENAMETOOLONG/,
  ],
  [
    'a blank name',
    async () => gzipSync(await archive(member({ name: ' ' }, 'x'))),
    /" " has a name that is not portable/,
  ],
  ['a name of Windows', async () => gzipSync(await archive(member({ name: '..\\evil' }, 'x'))), /not portable/],
  [
    'a sparse file',
    async () => gzipSync(await archive(member({ name: 'evil', pax: { 'GNU.sparse.major': '1' } }, 'x'))),
    /"evil" is a sparse file/,
  ],
  [
    'truncated gzip',
    async () => gzipSync(await archive(member({ name: 'a' }, 'x'.repeat(5000)))).subarray(0, -20),
    /breaks off before its end/,
  ],
  [
    'an archive that breaks off',
    async () => gzipSync((await archive(member({ name: 'a' }, 'x'.repeat(5000)))).subarray(0, 3000)),
    /truncated/,
  ],
  ['a damaged header', async () => gzipSync((await archive(member({ name: 'a' }, 'x'))).fill(0x41, 2, 5)), /checksum/],
  ['no gzip', async () => archive(member({ name: 'a' }, 'x')), /it is no gzip archive/],
]

for (const [name, content, message] of refused)
  test(`${name} is refused, and nothing lands outside`, async t => {
    const root = await scratch(t)
    const to = join(root, 'parent/model')
    await assert.rejects(unpackArtifact(Readable.from([await content()]), to, 's3://b/k'), (error: ServiceError) => {
      assert.ok(error instanceof ServiceError, String(error))
      assert.equal(error.code, 'ClientError')
      assert.match(error.message, /^The model artifact s3:\/\/b\/k cannot be unpacked: /)
      assert.match(error.message, message)
      assert.ok(!error.message.includes(root), error.message)
      return true
    })
    assert.deepEqual(await readdir(join(root, 'parent')), ['model'])
    assert.deepEqual(await readdir(root), ['parent'])
    await assert.rejects(lstat('/etc/evil'))
  })

test('usual archives unpack: with a dot, with directories, in the order of GNU tar', async t => {
  const root = await scratch(t)
  const from = await write(join(root, 'from'), { 'code/inference.py': 'x', model: 'y' })
  const { stdout } = await promisify(execFile)('tar', ['-cz', '-C', from, '.'], { encoding: 'buffer' })
  await unpackArtifact(Readable.from([stdout]), join(root, 'to'), 's3://b/k')
  assert.deepEqual(await read(join(root, 'to')), { 'code/inference.py': 'x', model: 'y' })
})

const long = 'l'.repeat(120)
const writers: Readonly<Record<string, readonly string[]>> = {
  'GNU tar': ['tar', '-cz', '-C', 'FROM', '.'],
  'GNU tar in POSIX format': ['tar', '-cz', '--format=posix', '-C', 'FROM', '.'],
  'GNU tar in its own format': ['tar', '-cz', '--format=gnu', '-C', 'FROM', 'code', 'empty', long, 'same'],
  'GNU tar in ustar format': ['tar', '-cz', '--format=ustar', '-C', 'FROM', './code', 'empty', 'same'],
  // As SageMaker's Python SDKs repack a model.
  'Python, with "/" for the first member': [
    'python3',
    '-c',
    "import sys,tarfile;t=tarfile.open(fileobj=sys.stdout.buffer,mode='w|gz');t.add('FROM',arcname='/');t.close()",
  ],
}

for (const [writer, command] of Object.entries(writers))
  test(`an archive of ${writer} is read: long names, several names of one file, empty directories`, async t => {
    const root = await scratch(t)
    const from = await write(join(root, 'from'), {
      'code/inference.py': 'x',
      ...(writer.includes('ustar') ? {} : { [`${long}/${long}`]: 'y' }),
    })
    await mkdir(join(from, 'empty'))
    await link(join(from, 'code/inference.py'), join(from, 'same'))
    const [program = '', ...options] = command.map(part => part.replace('FROM', from))
    const { stdout } = await promisify(execFile)(program, options, { encoding: 'buffer' })
    await unpackArtifact(Readable.from([stdout]), join(root, 'to'), 's3://b/k')
    assert.deepEqual(await read(join(root, 'to')), await read(from))
    assert.deepEqual(await readdir(join(root, 'to/empty')), [])
  })

test('bombs end at the limits of bytes and of members', async t => {
  const root = await scratch(t)
  const giant = (await archive(member({ name: 'zeros', size: 0 }))).subarray(0, 512)
  giant.write('77777777777\0', 124)
  giant.fill(0x20, 148, 156)
  giant.write(
    `${giant
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  async function* zeros() {
    yield giant
    for (;;) yield Buffer.alloc(1 << 20)
  }
  const bomb = Readable.from(zeros()).compose(createGzip({ level: 1 })) as Readable
  await assert.rejects(unpackArtifact(bomb, join(root, 'a'), 's3://b/k', { bytes: 1 << 30 }), {
    code: 'ClientError',
    message: /it holds more than 1073741824 bytes/,
  })
  const many = gzipSync(await archive(...Array.from({ length: 10 }, (_, i) => member({ name: `f${i}` }, 'x'))))
  await assert.rejects(unpackArtifact(Readable.from([many]), join(root, 'b'), 's3://b/k', { members: 9 }), {
    message: /it has more than 9 members/,
  })
})

test('whatever is damaged, unpacking ends with files inside or a ClientError', async t => {
  const root = await scratch(t)
  const whole = await archive(
    member({ name: 'a/b' }, 'x'.repeat(700)),
    link1('l', 'a/b'),
    member({ name: 'c', pax: { comment: 'y' } }, 'z'),
  )
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 }),
      fc.boolean(),
      async (flips, outer) => {
        const damage = (content: Buffer) => {
          const copy = Buffer.from(content)
          for (const [at, byte] of flips) copy[at % copy.length] = byte
          return copy
        }
        const content = outer ? damage(gzipSync(whole)) : gzipSync(damage(whole))
        const to = join(root, `run-${++run}/to`)
        await unpackArtifact(Readable.from([content]), to, 's3://b/k').catch(error =>
          assert.ok(error instanceof ServiceError, String(error)),
        )
        assert.deepEqual(await readdir(join(root, `run-${run}`)), ['to'])
      },
    ),
    { numRuns: 80 },
  )
})
