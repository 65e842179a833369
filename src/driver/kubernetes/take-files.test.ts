import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { FilesRefused, openOwnTree } from './own-tree.ts'
import { takeFiles } from './take-files.ts'

const place = mkdtempSync(join(tmpdir(), 'modelmart-take-'))
after(() => rmSync(place, { recursive: true }))
let count = 0
const folder = (): string => {
  const directory = join(place, String(count++))
  mkdirSync(directory)
  return directory
}

/** A member as no tar would write it, if need be. */
const member = (
  name: string,
  type = '0',
  given: { target?: string; content?: string; size?: number; mode?: number } = {},
) => {
  const { target = '', content = '', mode = 0o644 } = given
  const { size = content.length } = given
  const header = Buffer.alloc(512)
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1')
  header.write(name, 0)
  octal(mode, 100, 8)
  octal(process.getuid?.() ?? 0, 108, 8)
  octal(process.getgid?.() ?? 0, 116, 8)
  octal(size, 124, 12)
  octal(1_000_000_000, 136, 12)
  header.write(type, 156)
  header.write(target, 157)
  header.write('ustar  \0', 257, 'latin1')
  return Buffer.concat([sealed(header), Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)])
}
const sealed = (header: Buffer): Buffer => {
  header.fill(0x20, 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}
const END = Buffer.alloc(1024)
const longName = (name: string, type = 'L') => member('././@LongLink', type, { content: `${name}\0` })

const take = async (directory: string, parts: readonly Buffer[], limits: object = {}) => {
  const tree = await openOwnTree(directory)
  try {
    await takeFiles(chunksOf(Buffer.concat(parts)), tree, { entries: 1000, bytes: 1 << 20, ...limits })
  } finally {
    await tree.close()
  }
}
async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700)
}

describe('an archive of GNU tar', () => {
  it('comes as it was made: names, modes, times, links, several names of a file, holes', async () => {
    const [from, to] = [folder(), folder()]
    const long = `${'d'.repeat(120)}/${'f'.repeat(130)}`
    mkdirSync(join(from, 'd'.repeat(120)))
    writeFileSync(join(from, long), 'deep')
    writeFileSync(join(from, 'line\nbreak '), 'odd')
    writeFileSync(join(from, 'run'), '#!/bin/sh', { mode: 0o755 })
    symlinkSync('/etc/passwd', join(from, 'link'))
    execFileSync('ln', [join(from, 'run'), join(from, 'same')])
    writeFileSync(join(from, 'holes'), 'begin')
    truncateSync(join(from, 'holes'), 2 ** 40)
    execFileSync('touch', ['-d', '2001-02-03', join(from, 'run')])
    await take(to, [execFileSync('tar', ['-c', '--format=gnu', '--sparse', '--numeric-owner', '-C', from, '.'])])
    assert.deepEqual(readdirSync(to).sort(), readdirSync(from).sort())
    assert.equal(readFileSync(join(to, long), 'utf8'), 'deep')
    assert.equal(readFileSync(join(to, 'line\nbreak '), 'utf8'), 'odd')
    assert.equal(readlinkSync(join(to, 'link')), '/etc/passwd')
    const [run, same, holes] = ['run', 'same', 'holes'].map(name => statSync(join(to, name)))
    assert.deepEqual([(run?.mode ?? 0) & 0o777, run?.ino], [0o755, same?.ino])
    assert.equal(run?.mtimeMs, statSync(join(from, 'run')).mtimeMs)
    assert.deepEqual([holes?.size, (holes?.blocks ?? 0) * 512 < 1 << 20], [2 ** 40, true])
  })

  it('is none when it breaks off, wherever that is', async () => {
    const whole = [member('a', '0', { content: 'x'.repeat(1000) }), longName('y'.repeat(200)), member('b'), END]
    const bytes = Buffer.concat(whole)
    for (let end = 0; end < bytes.length - 1024; end += 256) {
      const told = await take(folder(), [bytes.subarray(0, end)]).catch((error: Error) => error)
      assert.ok(told instanceof Error && !(told instanceof FilesRefused), `${end}: ${told}`)
    }
    await take(folder(), [bytes])
  })
})

const sparse = (regions: readonly (readonly [number, number])[], whole: number, size: number) => {
  const header = Buffer.from(member('holes', 'S', { size }).subarray(0, 512))
  const octal = (value: number, at: number) => header.write(value.toString(8).padStart(11, '0'), at, 'latin1')
  for (const [index, [offset, length]] of regions.entries()) {
    octal(offset, 386 + 24 * index)
    octal(length, 398 + 24 * index)
  }
  octal(whole, 483)
  return sealed(header)
}
const link = (target: string) => member('l', '2', { target })
const sameAs = (target: string) => member('a', '1', { target })
const many = Array.from({ length: 1001 }, (_, index) => member(`d${index}`, '5'))

const hostile: readonly [what: string, parts: readonly Buffer[], words: RegExp][] = [
  ['an absolute name', [member('/etc/x')], /would be elsewhere/],
  ['a name that goes up', [member('a/../../x')], /would be elsewhere/],
  ['a long name that goes up', [longName(`${'a/'.repeat(80)}../x`), member('a')], /would be elsewhere/],
  ['no name', [longName('\0/../../x'), member('a')], /has no name/],
  ['a name that is no UTF-8', [sealed(Buffer.from(member('zz').fill(0xff, 0, 2)))], /no UTF-8/],
  ['a name without an end', [member('x', 'L', { size: 1 << 30 })], /a name of \d+ bytes/],
  ['a character device', [member('null', '3')], /of the kind "3"/],
  ['a block device', [member('disk', '4')], /of the kind "4"/],
  ['a pipe', [member('pipe', '6')], /of the kind "6"/],
  ['records of another format', [member('x', 'x', { content: '20 path=/etc/passwd\n' })], /of the kind "x"/],
  ['another name of a file elsewhere', [sameAs('/etc/passwd')], /would be elsewhere/],
  ['another name of one further up', [sameAs('../outside')], /would be elsewhere/],
  ['another name of a link', [link('../outside'), sameAs('l')], /no file of theirs/],
  ['another name behind a link', [link('..'), sameAs('l/outside')], /no file of theirs/],
  ['another name of a directory', [member('d', '5'), sameAs('d')], /no file of theirs/],
  ['more than it may hold', [member('a', '0', { content: 'x', size: 2 << 20 })], /more than 1048576 bytes/],
  ['more things than may be', many, /more than 1000 files/],
  ['directories without an end', [longName('d/'.repeat(2000)), member('d', '5')], /more than 256 directories/],
  ['a name longer than any', [longName('x'.repeat(300)), member('x')], /longer than names can be/],
  ['a hole without a length', [sparse([[0, 0]], 100, 7)], /not as long as it says/],
  [
    'regions that go back',
    [
      sparse(
        [
          [10, 5],
          [0, 5],
        ],
        100,
        10,
      ),
      END,
    ],
    /map of holes cannot be read/,
  ],
  ['regions behind the end', [sparse([[100, 5]], 50, 5), END], /map of holes cannot be read/],
  ['a sum that does not fit', [Buffer.alloc(512, 'x')], /no archive/],
  ['a number that is none', [sealed(Buffer.from(member('a').fill('9', 108, 115)))], /number of theirs is none/],
  ['no end after its end', [END, Buffer.alloc(2 << 20)], /do not end/],
]
describe('an archive of somebody else is refused', () => {
  for (const [what, parts, words] of hostile)
    it(what, async () => {
      const outside = folder()
      const inside = join(outside, 'in')
      mkdirSync(inside)
      writeFileSync(join(outside, 'outside'), 'kept')
      const told = await take(inside, [...parts, END]).catch((error: Error) => error)
      assert.ok(told instanceof FilesRefused, String(told))
      assert.match(told.message, words)
      assert.deepEqual(readdirSync(outside).sort(), ['in', 'outside'])
      assert.equal(readFileSync(join(outside, 'outside'), 'utf8'), 'kept')
    })
})

describe('an archive of somebody else', () => {
  const links: readonly [what: string, target: (outside: string) => string][] = [
    ['another directory', outside => outside],
    ['one up', () => '..'],
    ['itself', () => 'l'],
  ]
  for (const [what, target] of links)
    it(`writes through no link, to ${what}`, async () => {
      const outside = folder()
      const inside = join(outside, 'in')
      mkdirSync(inside)
      writeFileSync(join(outside, 'kept'), 'kept')
      await take(inside, [link(target(outside)), member('l/kept', '0', { content: 'written' }), END])
      assert.equal(readFileSync(join(outside, 'kept'), 'utf8'), 'kept')
      assert.equal(readFileSync(join(inside, 'l/kept'), 'utf8'), 'written')
      await take(inside, [link(target(outside)), member('l', '0', { content: 'a file' }), END])
      assert.equal(readFileSync(join(inside, 'l'), 'utf8'), 'a file')
      await take(inside, [link(target(outside)), member('l', '5', { mode: 0o700 }), END])
      assert.deepEqual([lstatSync(join(inside, 'l')).isDirectory(), existsSync(join(outside, 'kept'))], [true, true])
    })

  it('gives nobody the rights of a file’s owner, and leaves the directory that it comes to as it is', async () => {
    const to = folder()
    const before = statSync(to).mode
    await take(to, [member('./', '5', { mode: 0o777 }), member('su', '0', { content: 'x', mode: 0o6755 }), END])
    assert.equal(statSync(join(to, 'su')).mode & 0o7777, 0o755)
    assert.equal(statSync(to).mode, before)
  })

  it('brings one file where a file is wanted, and nothing beside it', async () => {
    const to = folder()
    await take(to, [member('./file', '0', { content: 'x' }), END], { only: 'file' })
    await assert.rejects(take(to, [member('beside', '0', { content: 'x' }), END], { only: 'file' }), /elsewhere/)
    await assert.rejects(take(to, [member('./', '5'), END], { only: 'file' }), /elsewhere/)
    assert.deepEqual(readdirSync(to), ['file'])
  })

  it('may put a directory into a directory two hundred times', async () => {
    const to = folder()
    await take(to, [longName('d/'.repeat(200)), member('d', '5'), END])
    assert.ok(lstatSync(join(to, 'd/'.repeat(200))).isDirectory())
  })
})
