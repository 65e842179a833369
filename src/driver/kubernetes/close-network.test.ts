import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { admittedPeers, admittedServer, closedNetwork, plainAddress } from './close-network.ts'

test('an address is taken as it is, and nothing else is', () => {
  assert.deepEqual(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::a'].map(plainAddress), ['10.1.2.3', '10.1.2.3', 'fd00::a'])
  for (const other of ['', 'example.com', '10.0.0.1 }; flush ruleset', '10.0.0.1\n'])
    assert.throws(() => plainAddress(other), /Not an address/)
})

test('peers are those that are named last, servers come one by one', () => {
  assert.equal(
    admittedPeers(['10.0.0.1', 'fd00::1']),
    `flush set inet modelmart peers
flush set inet modelmart peers6
add element inet modelmart peers { 10.0.0.1 }
add element inet modelmart peers6 { fd00::1 }
`,
  )
  assert.equal(admittedServer('::ffff:10.0.0.9'), 'add element inet modelmart servers { 10.0.0.9 }\n')
})

const namespaces = spawnSync('unshare', ['--net', 'nft', 'list', 'ruleset'])

/** What of the rules a kernel has taken, in a network of its own that is gone then. */
const taken = (...files: string[]): string => {
  const script = files.map(rules => `nft -f - <<'END' || exit 1\n${rules}\nEND\n`).join('')
  return execFileSync('unshare', ['--net', 'sh', '-c', `${script}nft list ruleset`], { encoding: 'utf8' })
}

test('a kernel takes the rules, and forgets peers that are not named again', {
  skip: namespaces.status === 0 ? false : 'networks of its own need root and nft',
}, () => {
  const rules = taken(closedNetwork(), admittedPeers(['10.0.0.1', '10.0.0.2', 'fd00::1']), admittedPeers(['10.0.0.2']))
  assert.match(rules, /set peers \{[^}]*elements = \{ 10\.0\.0\.2 \}/)
  assert.doesNotMatch(rules, /10\.0\.0\.1|fd00::1/)
  const out = /chain out \{[\s\S]*?\n\t\}/.exec(rules)?.[0] ?? ''
  assert.match(out, /policy drop/)
  const ways = out.split('\n').filter(line => line.includes('accept'))
  assert.deepEqual(
    ways.filter(line => !/oif "lo"|daddr @(peers|servers)|sport \{ 10170, 10171 \}|icmpv6/.test(line)),
    [],
    'a way out that nobody has opened',
  )
  assert.equal(ways.length, 7)
})
