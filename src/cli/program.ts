import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { Command, InvalidArgumentError } from 'commander'
import { accountCreate, accountList } from './account.ts'
import { certify } from './certify.ts'
import type { CommandContext } from './command-context.ts'
import { doctor } from './doctor.ts'
import { printEnvironment } from './environment.ts'
import { type OpenServer, start } from './start.ts'

const port = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('It must be a port number.')
  return value
}

/** The `modelmart` command. */
export function createProgram(
  openServer: OpenServer,
  environment: NodeJS.ProcessEnv,
  out: Writable,
  err: Writable,
): Command {
  const context = (data: string): CommandContext => ({
    data: resolve(data),
    environment,
    out,
    err,
    ...(environment.MODELMART_ROOT_SECRET && { rootSecret: environment.MODELMART_ROOT_SECRET }),
  })
  const withData = (command: Command) =>
    command.option('--data <dir>', 'data directory', environment.MODELMART_DATA ?? 'data')

  const program = new Command('modelmart').description('A self-hosted ML marketplace that speaks AWS’s own APIs.')
  withData(program.command('start'))
    .description('serve until SIGTERM or SIGINT')
    .option('--port <port>', 'port; 0 takes any free one', port, 8600)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--allow-unisolated', 'run seller code even if the isolation probe gets out', false)
    .action(options => start(options, context(options.data), openServer))
  withData(program.command('certify'))
    .argument('<directory>', 'a product: product.json, Dockerfile, sample data')
    .description('build, push, certify and report, as a seller’s inner loop')
    .option('--account <name>', 'account that certifies; made when there is none', 'seller')
    .option('--json', 'the report as JSON', false)
    .action((directory, options) => certify(resolve(directory), options, context(options.data), openServer))
  withData(program.command('doctor'))
    .description('what this machine can run, and how to mend what it cannot')
    .action(options => doctor(context(options.data)))
  withData(program.command('env'))
    .argument('<account>')
    .description('print export lines for the AWS clients')
    .action((name, options) => printEnvironment(name, context(options.data)))

  const account = program.command('account').description('accounts of this installation')
  withData(account.command('create'))
    .argument('<name>')
    .description('make an account and its root access key')
    .option('--id <12 digits>', 'account id; drawn at random otherwise')
    .option('--access-key-id <id>', 'access key id; drawn at random otherwise')
    .option('--secret-access-key <secret>', 'its secret')
    .action((name, options) => accountCreate({ name, ...options }, context(options.data)))
  withData(account.command('list'))
    .description('list accounts')
    .action(options => accountList(context(options.data)))
  return program
}
