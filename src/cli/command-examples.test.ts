import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { runCommand } from './command.fixture.ts'
import { commandExamples } from './command-examples.ts'
import { createProgram } from './program.ts'

const program = createProgram(() => Promise.reject(new Error('no server here')), {}, process.stdout, process.stderr)

/** The words after `modelmart` in a line for a shell. */
const wordsOf = (line: string): string[] => {
  const called = /modelmart ([^>)]*)/.exec(line)?.[1] ?? ''
  return [...called.matchAll(/"[^"]*"|\S+/g)].map(([word]) => word)
}

for (const [name, lines] of Object.entries(commandExamples))
  test(`help ${name}: its examples are lines that it takes`, () => {
    const path = name.split(' ')
    const command = path.reduce<Command | undefined>(
      (parent, word) => parent?.commands.find(child => child.name() === word),
      program,
    )
    assert.ok(command)
    for (const line of lines) {
      const words = wordsOf(line)
      assert.deepEqual(words.slice(0, path.length), path)
      const { operands, unknown } = command.parseOptions(words.slice(path.length))
      assert.deepEqual(unknown, [], line)
      const least = command.registeredArguments.filter(({ required }) => required).length
      assert.ok(operands.length >= least && (operands.length <= command.registeredArguments.length || least > 0), line)
    }
  })

test('completion: only for shells that are known', async () => {
  const { out, code } = await runCommand('nowhere', 'completion', 'bash')
  assert.match(out, /complete -o default -F _modelmart modelmart/)
  assert.equal(code, 0)
})
