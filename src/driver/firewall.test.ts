import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { it } from 'node:test'

/** Runs a shell script in a network of its own, where the firewall is empty and nobody else's; `firewall` ensures the rules. */
const inEmptyNetwork = (script: string): string[] => {
  const module = new URL('./firewall.ts', import.meta.url).href
  const ensure = `"$NODE" --input-type=module -e 'await (await import("${module}")).ensureFirewall()'`
  const env = { ...process.env, NODE: process.execPath, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
  const shell = ['--net', 'sh', '-euc', `firewall() { ${ensure}; }\n${script}`]
  return execFileSync('unshare', shell, { env, encoding: 'utf8' }).trim().split('\n')
}

const SHOW = 'iptables -t mangle -S; iptables -t filter -S FORWARD; ip6tables -t mangle -S'

it('sets its rules once, and sets them again when they were flushed or changed', () => {
  const once = inEmptyNetwork(`firewall; ${SHOW}`)
  assert.equal(once.filter(rule => /^-A INPUT -i mmart\+ -j MODELMART$/.test(rule)).length, 2)
  assert.equal(once.filter(rule => /^-A MODELMART -j DROP$/.test(rule)).length, 2)
  const changes = [
    'firewall',
    'iptables -t mangle -F',
    'iptables -t mangle -D INPUT -i mmart+ -j MODELMART',
    'iptables -t mangle -I MODELMART 1 -j RETURN',
    'ip6tables -t mangle -F MODELMART',
    'iptables -t filter -F',
  ]
  for (const change of changes)
    assert.deepEqual(inEmptyNetwork(`firewall; ${change}; firewall; ${SHOW}`).sort(), [...once].sort(), change)
})

it("leaves other people's rules where they are", () => {
  const theirs = '-A INPUT -s 203.0.113.0/24 -j DROP'
  assert.ok(inEmptyNetwork(`iptables -t mangle ${theirs}; firewall; ${SHOW}`).includes(theirs))
})
