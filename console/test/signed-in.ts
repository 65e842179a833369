import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { type Clients, clientsFor } from '../../demo/clients.ts'
import type { ServerProcess } from '../../demo/server-process.ts'
import { openPerson, type Person } from './browser.ts'

const run = promisify(execFile)
const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname

/** The link that `modelmart console` prints. */
export const signInLink = async (server: ServerProcess, account: string): Promise<string> =>
  (await run(process.execPath, [program, 'console', account, '--data', server.data])).stdout.trim()

/** The one that signs in as the operator, whose account it makes. */
export const operatorLink = async (server: ServerProcess): Promise<string> =>
  (await run(process.execPath, [program, 'console', '--operator', '--data', server.data])).stdout.trim()

/** AWS's clients of the operator's account, by the key that `modelmart env` prints. */
export async function operatorClients(server: ServerProcess): Promise<Clients> {
  const { stdout } = await run(process.execPath, [program, 'env', 'operator', '--data', server.data])
  const value = (variable: string) => new RegExp(`export ${variable}='(.*)'`).exec(stdout)?.[1] ?? ''
  const keys = { accessKeyId: value('AWS_ACCESS_KEY_ID'), secretAccessKey: value('AWS_SECRET_ACCESS_KEY') }
  return clientsFor(server.url, { id: '', ...keys })
}

/** Where the browser knows the server: as the link has it, since a cookie is of one name of the machine. */
export const originOf = (server: ServerProcess): string => server.url.replace('localhost', '127.0.0.1')

/** Somebody's browser, signed in as the root of an account. */
export async function openSignedIn(
  browser: Browser,
  server: ServerProcess,
  account: string,
  options: Parameters<typeof openPerson>[1] = {},
): Promise<Person> {
  const person = await openPerson(browser, options)
  await person.page.goto(await signInLink(server, account))
  await person.page.getByRole('heading', { name: 'Get started as a seller' }).waitFor()
  return person
}
