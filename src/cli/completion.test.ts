import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { runCommand } from './command.fixture.ts'
import { type Shell, shells } from './completion.ts'

const installed = (shell: Shell) =>
  spawnSync(shell, ['-c', 'true']).status === 0 ? false : `${shell} is not on this machine`

/** What sets the shell's own completion up, and what prints that which it offers for a line whose last word was begun. */
const ask: Readonly<Record<Shell, { readonly before?: string; readonly line: (words: readonly string[]) => string }>> =
  {
    bash: { line: words => `${typed(words)}; _modelmart; printf '%s\\n' "\${COMPREPLY[@]}"` },
    zsh: {
      before: 'autoload -Uz compinit; compinit -u -D',
      line: words => `${typed(words)}; emulate ksh -c _modelmart; print -rl -- $COMPREPLY`,
    },
    fish: { line: words => `complete -C '${words.join(' ')}'` },
  }

const typed = (words: readonly string[]): string =>
  `COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`

async function offered(shell: Shell, ...words: string[]): Promise<string[]> {
  const { out } = await runCommand('nowhere', 'completion', shell)
  const { before = '', line } = ask[shell]
  const script = `${before}\n${out}\n${line(words)}`
  const { stdout, stderr } = spawnSync(shell, ['-c', script], { encoding: 'utf8' })
  assert.equal(stderr, '')
  const lines = stdout.split('\n').map(offer => offer.split('\t')[0] as string)
  // zsh itself leaves out what does not begin with the word.
  return lines.filter(offer => offer !== '' && offer.startsWith(words.at(-1) as string))
}

for (const shell of shells)
  test(`${shell} completes commands, commands of commands and options`, { skip: installed(shell) }, async () => {
    assert.deepEqual((await offered(shell, 'modelmart', 'ce')).sort(), ['certificate', 'certify'])
    assert.deepEqual((await offered(shell, 'modelmart', 'account', 'c')).sort(), ['country', 'create'])
    assert.deepEqual((await offered(shell, 'modelmart', 'change-set', 'd')).sort(), ['decline'])
    assert.deepEqual((await offered(shell, 'modelmart', 'certify', '--j')).sort(), ['--json', '--junit'])
    assert.deepEqual((await offered(shell, 'modelmart', 'review', 'hide', '--re')).sort(), ['--reason'])
  })
