import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { openReceiver } from '../../src/sns/sns.fixture.ts'
import { documentUrl, type Outcome, withTables } from './clients-document.ts'
import { openSetting } from './setting.ts'
import { findTerraform, type Installed } from './terraform-installed.ts'
import { refusals, refusedTypes } from './terraform-refused.ts'
import { importBlocks, type Plan, type State, toldOtherwise } from './terraform-state.ts'

const stack = new URL('terraform/', import.meta.url).pathname
const refused = new URL('terraform-refused/', import.meta.url).pathname
const run = promisify(execFile)
const installed = await findTerraform()
const skip = 'lacks' in installed ? `Terraform is not tried: ${installed.lacks}` : false
const closing: (() => Promise<unknown>)[] = []
after(async () => {
  for (const close of closing.toReversed()) await close()
})

test('Terraform makes a stack, finds nothing to do, changes it, imports it and takes it down', { skip }, async t => {
  const openFolder = await openFolders(installed as Installed)
  const { terraform, read, write } = await openFolder(stack)

  await t.test('apply makes everything', async () => {
    await terraform('apply', '-auto-approve', '-var=turn=1')
  })
  await t.test('a second plan finds nothing', () => nothingToDo(terraform, 1))
  await t.test('apply changes what the configuration changes', async () => {
    await terraform('apply', '-auto-approve', '-var=turn=2')
  })
  await t.test('and a plan after it finds nothing', () => nothingToDo(terraform, 2))
  const kept = await read('terraform.tfstate')
  const state = JSON.parse(kept) as State

  await t.test('everything that can be imported is found as it is', async () => {
    await write('terraform.tfstate', '')
    const imports = importBlocks(state)
    await write('imports.tf', imports.text)
    await terraform('plan', '-var=turn=2', '-out=imported')
    const { resource_changes: changes } = JSON.parse(await terraform('show', '-json', 'imported')) as Plan
    const imported = changes.filter(({ change }) => change.importing)
    assert.equal(imported.length, imports.count)
    for (const { address, change } of imported) assert.deepEqual([address, toldOtherwise(change)], [address, []])
  })
  await write('imports.tf', '')
  await write('terraform.tfstate', kept)

  await t.test('destroy leaves nothing', async () => {
    const made = state.resources.filter(({ mode }) => mode === 'managed').length
    assert.match(await terraform('destroy', '-auto-approve', '-var=turn=2'), new RegExp(` ${made} destroyed`))
  })

  const told = await refusedIn(await openFolder(refused))
  for (const [resource, [why, words]] of Object.entries(refusals))
    await t.test(`${resource} is refused by name: ${why}`, () =>
      assert.match(told.get(typeOf(resource)) ?? 'made', words),
    )
  await t.test('and nothing else of that stack is', () => {
    assert.deepEqual([...told.keys()].sort(), Object.keys(refusals).map(typeOf).sort())
  })

  await t.test('docs/clients.md tells what ran', async () => {
    const text = await readFile(documentUrl, 'utf8')
    const made = withTables(text, 'terraform', [
      { client: 'Terraform, AWS provider', version: '5.100.0', outcomes: [...outcomesOf(state), ...refusedOutcomes()] },
    ])
    if (process.env.MODELMART_WRITE_CLIENTS === 'yes') await writeFile(documentUrl, made)
    else assert.equal(text, made, 'run it with MODELMART_WRITE_CLIENTS=yes')
  })
})

type Terraform = (command: string, ...flags: string[]) => Promise<string>

/** Opens stacks in folders of their own, beside a server with an account that has an image and a role. */
async function openFolders({ program, plugins }: Installed) {
  const setting = await openSetting()
  closing.push(() => setting.close())
  const receiver = await openReceiver()
  closing.push(async () => receiver[Symbol.dispose]())
  receiver.behaviour.answer = (response, { headers, body }) => {
    response.end()
    if (headers['x-amz-sns-message-type'] === 'SubscriptionConfirmation') void fetch(JSON.parse(body).SubscribeURL)
  }
  const told = { TF_VAR_image: setting.image, TF_VAR_receiver: receiver.url, TF_CLI_ARGS: '-no-color' }
  return async (source: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'modelmart-terraform-'))
    closing.push(() => rm(folder, { recursive: true, force: true }))
    await cp(source, folder, { recursive: true })
    const env = {
      ...{ PATH: process.env.PATH, HOME: folder, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0' },
      ...{ ...setting.environment, ...told },
    }
    const terraform: Terraform = async (command, ...flags) => {
      const { stdout } = await run(program, [command, ...flags], { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 })
      return stdout
    }
    await terraform('init', `-plugin-dir=${plugins}`)
    const read = (file: string) => readFile(join(folder, file), 'utf8')
    const write = (file: string, text: string) => writeFile(join(folder, file), text)
    return { terraform, read, write }
  }
}

const typeOf = (resource: string): string => resource.split(' ')[0] as string

/** What an `apply` that makes little says of the rest. */
async function refusedIn({ terraform }: { terraform: Terraform }): Promise<ReadonlyMap<string, string>> {
  const failed = await terraform('apply', '-auto-approve').then(
    () => assert.fail('everything was made'),
    (error: { stderr: string }) => error.stderr,
  )
  return refusedTypes(failed)
}

const refusedOutcomes = (): Outcome[] =>
  Object.entries(refusals).map(([resource, [no]]) => {
    const type = typeOf(resource)
    const step = resource.replace(type, `\`${type}\``)
    return { flow: type.split('_')[1] as string, step, no, ok: true, error: null }
  })

/** Throws with what the plan would do: it exits with 2 then. */
async function nothingToDo(terraform: Terraform, turn: number): Promise<void> {
  await terraform('plan', '-detailed-exitcode', `-var=turn=${turn}`).catch(({ stdout }) => assert.fail(stdout))
}

/** The kinds of resources that the stack was made of, by service. */
function outcomesOf({ resources }: State): Outcome[] {
  const types = [...new Set(resources.flatMap(({ mode, type }) => (mode === 'managed' ? [type] : [])))].sort()
  return types.map(step => ({
    flow: step.split('_')[1] as string,
    step: `\`${step}\``,
    no: null,
    ok: true,
    error: null,
  }))
}
