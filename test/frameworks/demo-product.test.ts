import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const demo = new URL('../../demo/main.ts', import.meta.url).pathname
const play = (product: string) => promisify(execFile)(process.execPath, [demo, '--product', product])

for (const [product, asked] of [
  ['language-guess', /→ german \| english$/m],
  ['ticket-topics', /→ \w+/],
] as const)
  test(`the demo plays ${product} from its folder alone`, { timeout: 900_000 }, async () => {
    const { stdout } = await play(product)
    assert.match(stdout, asked)
    assert.match(stdout, /Buyer: sees what it cost/)
    assert.match(stdout, /gone, and no container is left/)
  })

test('the demo says which product there is not', async () => {
  await assert.rejects(play('nothing'), /There is no product nothing in examples\//)
})
