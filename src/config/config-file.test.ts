import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfigFile } from './config-file.ts'

const place = mkdtempSync(join(tmpdir(), 'modelmart-config-'))
after(() => rmSync(place, { recursive: true }))
const file = join(place, 'modelmart.yaml')
const read = (text: string) => {
  writeFileSync(file, text)
  return readConfigFile(file)
}

test('values are texts with their lines, a sequence is a list, paths begin beside the file', async () => {
  const { entries, base } = await read(`# what we run
port: 9000
allow-unisolated: true
"openid-hosts": [a.example, b.example]

tls-cert: certs/a.pem
`)
  assert.deepEqual(Object.fromEntries(entries), {
    port: { text: '9000', where: `${file}:2` },
    'allow-unisolated': { text: 'true', where: `${file}:3` },
    'openid-hosts': { text: 'a.example,b.example', where: `${file}:4` },
    'tls-cert': { text: 'certs/a.pem', where: `${file}:6` },
  })
  assert.equal(base, place)
})

test('an empty file, and one of comments, sets nothing', async () => {
  assert.equal((await read('')).entries.size, 0)
  assert.equal((await read('# port: 1\n')).entries.size, 0)
})

test('everything that is wrong is told at once, each with its line', async () => {
  const wrong = `port: 99999
log_level: debug
prot: 8600
allow-unisolated: yes
host: {a: b}
account-rate:
openid-hosts: ['a,b']
`
  await assert.rejects(read(wrong), ({ message }: Error) => {
    assert.deepEqual(message.split('\n'), [
      `${file}:1: port must be a port number, 0 for any free one`,
      `${file}:2: there is no setting log_level; log-level is one`,
      `${file}:3: there is no setting prot`,
      `${file}:4: allow-unisolated must be true or false`,
      `${file}:5: host must be a text`,
      `${file}:6: account-rate must be a whole number, 0 for no limit`,
      `${file}:7: openid-hosts must be names of hosts`,
    ])
    return true
  })
})

test('what is no YAML, or says a thing twice, is told with its line', async () => {
  await assert.rejects(read('port: 1\nport: 2\n'), new RegExp(`^Error: ${file}:2: Map keys must be unique`))
  await assert.rejects(read('host: "a\n'), new RegExp(`^Error: ${file}:\\d: Missing closing "quote`))
  await assert.rejects(read('- port\n'), new RegExp(`^Error: ${file}:1: it must be NAME: VALUE`))
  await assert.rejects(read('? [a, b]\n: c\n'), /:1: there is no setting of that kind/)
  await assert.rejects(read('constructor: 1\n'), /there is no setting constructor/)
})

test('no secret stands in what is told', async () => {
  await assert.rejects(read('root-secret: hunter2\n'), ({ message }: Error) => !message.includes('hunter2'))
})

test('a file that is named must be there', async () => {
  await assert.rejects(readConfigFile(join(place, 'absent.yaml')), { code: 'ENOENT' })
})

test('a file that nobody has named is read where nobody else can have put it', async t => {
  const before = process.cwd()
  process.chdir(place)
  t.after(() => process.chdir(before))
  writeFileSync(file, 'port: 9000')
  assert.equal((await readConfigFile(undefined)).entries.get('port')?.text, '9000')
  chmodSync(file, 0o666)
  await assert.rejects(readConfigFile(undefined), /modelmart.yaml can be written by every user. Name it by --config/)
  chmodSync(file, 0o644)
  if (process.getuid?.() === 0) {
    chownSync(file, 12_345, 0)
    await assert.rejects(readConfigFile(undefined), /modelmart.yaml is another user’s/)
    assert.equal((await readConfigFile(undefined, { SUDO_UID: '12345' })).entries.size, 1)
    chownSync(file, 0, 0)
  }
  writeFileSync(join(place, 'product.json'), '{}')
  await assert.rejects(readConfigFile(undefined), /modelmart.yaml lies beside product.json, in a product's folder/)
  assert.equal((await readConfigFile('modelmart.yaml')).entries.get('port')?.text, '9000')
})
