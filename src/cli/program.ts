import { basename, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { Command, InvalidArgumentError } from 'commander'
import type { ClusterSettings } from '../driver/kubernetes/open.ts'
import type { CommandContext } from './command-context.ts'
import { addExamples } from './command-examples.ts'
import { printCompletion, shellOf, shells } from './completion.ts'
import { printable } from './printable.ts'
import { readSecret } from './read-secret.ts'
import type { OpenServer } from './start.ts'
import { version } from './version.ts'
import { type Found, readSettings, withSettings } from './with-settings.ts'

const seconds = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number of seconds.')
  return value
}

const count = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number, 1 at least.')
  return value
}

/** One more `NAME=VALUE`. */
const pair =
  (form: string) =>
  (text: string, before: readonly (readonly [string, string])[]): (readonly [string, string])[] => {
    const at = text.indexOf('=')
    if (at < 1) throw new InvalidArgumentError(`It must be ${form}.`)
    return [...before, [text.slice(0, at), text.slice(at + 1)]]
  }

const column = (text: string): number => {
  const value = Number(text)
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 0 at least.')
  return value
}

const yearAndMonth = (text: string): string => {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new InvalidArgumentError('It must be a month like 2026-11.')
  return text
}

const collected = (text: string, before: readonly string[]): readonly string[] => [...before, text]

/** What every command that touches an installation is told, by its flags' names. */
interface InstallationOptions {
  readonly data?: string
  readonly database?: string
  readonly objects?: string
  readonly objectsAccessKey?: string
  readonly objectsSecretKey?: string
  readonly objectsSecretKeyFile?: string
  readonly objectsCache?: number
  readonly objectsRedirect?: boolean
  readonly rootSecret?: string
  readonly rootSecretFile?: string
  readonly engine?: 'docker' | 'podman' | 'kubernetes'
  readonly engineSocket?: string
  readonly engineOutside?: boolean
  readonly logLevel?: string
  readonly logFormat?: 'json' | 'text'
  readonly kubeconfig?: string
  readonly kubernetesContext?: string
  readonly kubernetesNamespace?: string
  readonly kubernetesAgentImage?: string
  readonly kubernetesNodeSelector?: ClusterSettings['nodeSelector']
  readonly kubernetesTolerations?: ClusterSettings['tolerations']
  readonly kubernetesRuntimeClass?: string
  readonly kubernetesGpuResource?: string
  readonly kubernetesUserNamespaces?: boolean
  readonly kubernetesCpuShare?: number
}

function rootSecretOf({ rootSecret, rootSecretFile: file }: InstallationOptions) {
  if (rootSecret) return { rootSecret }
  return file ? { rootSecret: readSecret(file) } : {}
}

/** Undefined for another engine. */
function clusterOf(options: InstallationOptions, environment: NodeJS.ProcessEnv): CommandContext['cluster'] {
  if (options.engine !== 'kubernetes') return undefined
  const { kubernetesAgentImage: agentImage } = options
  if (!agentImage)
    throw new Error('engine kubernetes needs kubernetes-agent-image: the image of Modelmart that the nodes pull')
  return {
    ...{ agentImage, environment },
    kubeconfig: options.kubeconfig,
    context: options.kubernetesContext,
    namespace: options.kubernetesNamespace,
    nodeSelector: options.kubernetesNodeSelector,
    tolerations: options.kubernetesTolerations,
    runtimeClass: options.kubernetesRuntimeClass,
    gpuResource: options.kubernetesGpuResource,
    userNamespaces: options.kubernetesUserNamespaces,
    cpuShare: options.kubernetesCpuShare,
  }
}

function objectsOf(options: InstallationOptions): CommandContext['objects'] {
  const { objects: url, objectsCache, objectsRedirect: links, objectsSecretKeyFile: file } = options
  const accessKeyId = options.objectsAccessKey
  const secretAccessKey = options.objectsSecretKey ?? (file ? readSecret(file) : undefined)
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    throw new Error('objects-access-key and objects-secret-key go together')
  const keys = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined
  return { url, keys, links, ...(objectsCache !== undefined && { cacheBytes: objectsCache * 1024 ** 3 }) }
}

/** The `modelmart` command. What a command needs is loaded when it is run: all of it takes a second. */
export function createProgram(
  openServer: OpenServer,
  environment: NodeJS.ProcessEnv,
  stdout: Writable,
  stderr: Writable,
): Command {
  const [out, err] = [printable(stdout), printable(stderr)]
  const context = (options: InstallationOptions): CommandContext => {
    const { data = '', database, engineSocket, engineOutside, logLevel, logFormat } = options
    const cluster = clusterOf(options, environment)
    const engine = {
      engineSocket,
      engineOutside,
      cluster,
      ...(options.engine !== 'kubernetes' && { engine: options.engine }),
    }
    const set = { database, ...engine, logLevel, logFormat, objects: objectsOf(options), ...rootSecretOf(options) }
    return { data: resolve(data), ...set, environment, out, err }
  }
  const withImage = (command: Command) =>
    command
      .option('--image <name>', 'an image that the engine has, instead of building one')
      .option(
        '--build-arg <name=value>',
        'an ARG of the Dockerfile, from the environment where no value is said; may be given several times',
        collected,
        [],
      )
      .option(
        '--build-secret <id=name,src=file>',
        'a secret for RUN --mount=type=secret, by BuildKit or Podman; the image does not keep it; may be given several times',
        collected,
        [],
      )

  const program = new Command('modelmart')
    .description('A self-hosted ML marketplace that speaks AWS’s own APIs.')
    .version(version, '--version', 'print the version of the program')
  let found: Found = {}
  program.hook('preAction', async (_, acting) => {
    found = await readSettings(acting, environment)
  })
  withSettings(program.command('start'), ['installation', 'server'])
    .description('serve until SIGTERM or SIGINT')
    .action(async options => (await import('./start.ts')).start(options, context(options), openServer))
  withSettings(program.command('config'), ['installation', 'server'])
    .description('print every setting as it is in force, and where that is said')
    .action(async () => (await import('./config-command.ts')).showConfig(found, context({})))
  program
    .command('version')
    .description('print the version of the program, of its Node and of the schema that it knows')
    .action(async () => (await import('./version-command.ts')).showVersion(context({})))
  program
    .command('init')
    .argument('[template]', 'an example to begin from; the list of them without')
    .argument('[directory]', 'the folder that is made; as the template is called when left out')
    .description('start a seller’s folder from an example product')
    .option('--name <name>', 'of the product; as the folder is called when left out')
    .action(async (template, directory = template, options) => {
      const path = directory && resolve(directory)
      return (await import('./init.ts')).init(template, path, options.name ?? basename(path ?? ''), context({}))
    })
  withImage(withSettings(program.command('certify')))
    .argument('<directory>', 'a product: product.json, Dockerfile, sample data')
    .description('build, push, certify and report, as a seller’s inner loop')
    .option('--account <name>', 'account that certifies; made when there is none', 'seller')
    .option('--json', 'the report as JSON', false)
    .option('--junit <file>', 'the report as JUnit XML too, for a CI system’s list of tests')
    .option('--notebook <file>', 'execute the sample notebook too, isolated, and write it there with its outputs')
    .option('--sarif <file>', 'what failed as SARIF 2.1.0 too, for a code host’s list of findings')
    .option('--strict', 'fail where a check warns of what AWS would certify all the same', false)
    .option('--startup-seconds <seconds>', 'how long a container may take until it answers GET /ping', seconds, 480)
    .action(async (directory, options) => {
      const { certify } = await import('./certify.ts')
      await certify(resolve(directory), options, context(options), openServer)
    })
  withImage(withSettings(program.command('list')))
    .argument('<directory>', 'a product: product.json, Dockerfile, sample data, README.md, notebook.ipynb')
    .description('certify what is new and bring the market to what the folder says')
    .option('--account <name>', 'account that sells; made when there is none', 'seller')
    .option('--dry-run', 'show what differs from what is live, and change nothing', false)
    .option('--no-notebook', 'make it public without executing the sample notebook as a buyer')
    .action(async (directory, options) => {
      const { list } = await import('./list.ts')
      await list(resolve(directory), options, context(options), openServer)
    })
  withImage(program.command('export'))
    .argument('<directory>', 'a product, as `modelmart list` takes it')
    .argument('<folder>', 'is made: a script, its requests, the image, and the files that it sends')
    .description('the same product as calls of the AWS CLI, to be listed on AWS')
    .action(async (directory, folder, options) => {
      const { exportProduct } = await import('./export.ts')
      await exportProduct(resolve(directory), resolve(folder), options, context({}))
    })
  const examples = program.command('examples').description('example products, to look around with')
  examples
    .command('list')
    .description('what there is')
    .action(async () => (await import('./examples-command.ts')).examplesList(context({})))
  withSettings(examples.command('publish'))
    .argument('[name...]', 'of the examples; the light ones without')
    .description('build, certify and list them, as a market to look around in')
    .option('--account <name>', 'account that sells them; made when there is none', 'examples')
    .option('--no-notebook', 'publish them without executing their sample notebooks')
    .action(async (names, options) =>
      (await import('./examples-command.ts')).examplesPublish(names, options, context(options), openServer),
    )
  program
    .command('request')
    .argument('<name>', 'certification, listing or publication')
    .argument('<directory>', 'a product, as `modelmart list` takes it')
    .description('print a request that certifies or lists a product, as the AWS CLI takes it')
    .option('--image <uri>', 'that was pushed')
    .option('--artifact <uri>', 'S3 URI of a model package’s model, where the image does not hold it')
    .option('--role <arn>', 'as which the validation runs, and by which the Marketplace copies')
    .option('--bucket <name>', 'that holds the sample data, below the product’s name')
    .option('--asset <arn>', 'of what was certified')
    .option('--links <url>', 'below which the logo and the notebook lie')
    .option('--account <id>', 'that may see the product before it is public')
    .option('--product <id>', 'of the listing')
    .action(async (name, directory, options) =>
      (await import('./request-command.ts')).requestCommand(name, resolve(directory), options, context(options)),
    )
  program
    .command('logo')
    .argument('<name>', 'of the product: the same name has the same logo')
    .argument('<file>', 'the PNG that is written')
    .description('draw a logo for a product that has none, as a listing takes it')
    .action(async (name, file) => (await import('./logo-command.ts')).logo(name, resolve(file), context({})))
  const images = program.command('images').description('images of an account’s registry')
  withSettings(images.command('import'))
    .argument('<archive>', 'what `docker save` writes, an OCI archive, or a folder with an OCI layout')
    .argument('<name>', 'repository and tag: sagemaker-xgboost:1.7-1')
    .description('put an image from a file into the registry, with no engine and no other registry')
    .option('--account <name>', 'account whose repository it is; made when there is none', 'seller')
    .option('--share', 'let every account of this installation pull from the repository', false)
    .action(async (archive, name, options) => {
      const { imagesImport } = await import('./images-import.ts')
      await imagesImport(resolve(archive), name, options, context(options), openServer)
    })
  withSettings(program.command('doctor'), ['installation', 'server'])
    .description('what this machine can run, and how to mend what it cannot')
    .action(async options => (await import('./doctor.ts')).doctor(options, context(options)))
  withSettings(program.command('console'))
    .argument('[account]', 'its name; may be left out where there is one account only')
    .description('print a link that signs in to the console, once')
    .option('--operator', 'as the operator, whose account is made when it is first needed', false)
    .action(async (name, options) =>
      (await import('./console-command.ts')).consoleLink(name, options, context(options)),
    )
  withSettings(program.command('events'))
    .argument('<account>')
    .description('show an account’s events as they come, a line each')
    .option('-f, --follow', 'until it is interrupted', false)
    .option('--region <region>', 'events of this region; the market’s are in us-east-1', 'us-east-1')
    .option('--source <source>', 'from here alone, * for anything: aws.*; may be given several times', collected, [])
    .option('--detail-type <type>', 'of this kind alone, in the same way', collected, [])
    .option('--json', 'whole events', false)
    .action(async (name, options) => {
      const { followEvents } = await import('./follow-events.ts')
      await followEvents(name, options, context(options))
    })
  withSettings(program.command('env'))
    .argument('<account>')
    .description('print export lines for the AWS clients')
    .option('--aws-names', 'for a server with aws-names: the authority, and the names that have to lead to it', false)
    .action(async (name, options) =>
      (await import('./environment.ts')).printEnvironment(name, options, context(options)),
    )

  withSettings(program.command('backup'))
    .argument('<directory>', 'of all backups of the installation; made when there is none')
    .description('take a snapshot, beside a running server; content that an earlier one has is not copied again')
    .option('--keep <count>', 'remove all but the newest snapshots, so many', count)
    .action(async (directory, options) => {
      const { backup } = await import('./backup-command.ts')
      await backup(resolve(directory), options, context(options))
    })
  withSettings(program.command('restore'))
    .argument('<directory>', 'what `modelmart backup` was given')
    .description(
      'put a snapshot into a new data directory, with --database into an empty PostgreSQL database, with --objects into a bucket',
    )
    .option('--snapshot <name>', 'of those that the directory has; the newest otherwise')
    .option('--as-copy', 'under another name, for a server that runs on the same engine as the one it is of', false)
    .action(async (directory, options) => {
      const { restore } = await import('./restore-command.ts')
      await restore(resolve(directory), options, context(options))
    })

  withSettings(program.command('tls'))
    .argument('[name...]', 'host names and addresses by which clients ask, besides those of this machine')
    .description('make a private authority, once, and a certificate for the server, and say how clients trust it')
    .action(async (names, options) => {
      const { makeTls } = await import('./tls-command.ts')
      await makeTls(names, context(options))
    })
  withSettings(program.command('verify'))
    .description('read everything that is stored and say what is damaged')
    .action(async options => (await import('./verify.ts')).verify(context(options)))

  withSettings(program.command('reconcile-charges'))
    .description('count every usage fact again and hold charges and invoices against them')
    .action(async options => (await import('./reconcile-charges.ts')).reconcileCharges(context(options)))

  withSettings(program.command('sbom'))
    .argument('<image>', 'image URI or digest')
    .description('print what an image consists of, as CycloneDX JSON')
    .option('--region <region>', 'of an image URI of this installation', 'us-east-1')
    .action(async (image, options) => (await import('./sbom-command.ts')).sbom(image, options, context(options)))

  const vulnerabilities = program.command('vulnerabilities').description('what images are scanned for')
  withSettings(vulnerabilities.command('import'))
    .argument('<file...>', 'OSV records: .json, .jsonl, .zip, or directories of them')
    .description('take in OSV records; nothing is downloaded')
    .action(async (files, options) =>
      (await import('./vulnerabilities.ts')).vulnerabilitiesImport(
        files.map((file: string) => resolve(file)),
        context(options),
      ),
    )
  withSettings(vulnerabilities.command('status'))
    .description('age of the data, policy, exceptions')
    .action(async options => (await import('./vulnerabilities.ts')).vulnerabilitiesStatus(context(options)))
  withSettings(vulnerabilities.command('policy'))
    .argument('[name]')
    .description('list the scan policies, or choose one')
    .action(async (name, options) =>
      (await import('./vulnerabilities.ts')).vulnerabilitiesPolicy(name, context(options)),
    )
  withSettings(vulnerabilities.command('except'))
    .argument('<id>', 'a CVE or the id of an OSV record')
    .description('let a vulnerability pass for a while')
    .option('--reason <text>', 'why; it is kept and shown')
    .option('--until <yyyy-mm-dd>', 'the last day, UTC')
    .option('--package <name>', 'only in this package')
    .option('--revoke', 'end the exception', false)
    .action(async (id, options) =>
      (await import('./vulnerabilities.ts')).vulnerabilitiesExcept(id, options, context(options)),
    )

  withSettings(
    program
      .command('agreement')
      .description('agreements as the operator has a say in them')
      .command('refund-conversion'),
  )
    .argument('<id>', 'the agreement')
    .description('give back what the first seven days after a free trial cost')
    .action(async (id, options) =>
      (await import('./agreement-command.ts')).agreementRefundConversion(id, context(options)),
    )

  const certificate = program.command('certificate').description('signed certificates of versions')
  certificate
    .command('verify')
    .argument('<file>', 'as GetVersionCertificate answers it')
    .description('check a certificate, without a server')
    .option('--key <fingerprint>', 'whose it must be, as `certificate key` prints it there')
    .action(async (file, options) =>
      (await import('./certificate-command.ts')).certificateVerify(resolve(file), options, { out }),
    )
  withSettings(certificate.command('key'))
    .description('print what readers of certificates know this installation by')
    .action(async options => (await import('./certificate-command.ts')).certificateKey(context(options)))

  withSettings(program.command('evaluate'))
    .argument('<product...>', 'one to five, by their ids: prod-…')
    .description('run products on your own rows before you buy, and compare them')
    .option('--account <name>', 'account that evaluates; made when there is none', 'buyer')
    .requiredOption('--rows <file>', 'a row a line, without headings: a file, or s3://BUCKET/KEY')
    .option('--labels <file>', 'what is right, a line for each row; no container reads it')
    .option('--training <channel=file>', 'what algorithms learn from, again for each channel', pair('channel=file'), [])
    .option('--training-content-type <type>', 'of what they learn from', 'text/csv')
    .option('--hyper-parameter <name=value>', 'of algorithms, again for each', pair('name=value'), [])
    .requiredOption('--metric <name>', 'accuracy, f1, auc, rmse, mae, latency or price')
    .option('--positive-label <label>', 'of f1 and auc')
    .option('--content-type <type>', 'of the rows', 'text/csv')
    .option('--column <number>', 'of the prediction in an answer, from 0', column)
    .option('--field <name>', 'of the prediction in an answer of JSON')
    .option('--json', 'everything that is told, as JSON', false)
    .action(async (products, options) =>
      (await import('./evaluate.ts')).evaluate(products, options, context(options), openServer),
    )
  withSettings(program.command('evaluation-terms'))
    .argument('<product>', 'by its id: prod-…')
    .description('say what may be evaluated of a product without a subscription, or show it')
    .option('--account <name>', 'account that sells it', 'seller')
    .option('--rows <number>', 'of one data set', count)
    .option('--minutes <number>', 'of one evaluation', count)
    .option('--evaluations <number>', 'of one account', count)
    .option('--remove', 'nothing any more', false)
    .action(async (product, options) =>
      (await import('./evaluation-terms-command.ts')).evaluationTerms(product, options, context(options), openServer),
    )

  const dashboards = program.command('dashboard').description('a month at a glance')
  const withMonth = (command: Command, account: string) =>
    withSettings(command)
      .option('--account <name>', 'account that asks', account)
      .option('--month <yyyy-mm>', 'UTC', yearAndMonth, new Date().toISOString().slice(0, 7))
      .option('--json', 'everything that is told, as JSON', false)
  withMonth(dashboards.command('seller'), 'seller')
    .argument('<product>', 'by its id: prod-…')
    .description('the way from searches to use, revenue, usage, trials and subscribers of a product')
    .action(async (product, options) =>
      (await import('./dashboard-command.ts')).dashboard(product, options, context(options), openServer),
    )
  withMonth(dashboards.command('buyer'), 'buyer')
    .description('what an account spends, and which agreements end or renew')
    .action(async options =>
      (await import('./dashboard-command.ts')).dashboard(undefined, options, context(options), openServer),
    )

  const changeSet = program.command('change-set').description('what sellers ask the operator to publish')
  withSettings(changeSet.command('list'))
    .description('change sets that wait for the operator')
    .action(async options => (await import('./change-set-command.ts')).changeSetList(context(options)))
  withSettings(changeSet.command('approve'))
    .argument('<id>')
    .description('let a change set be made')
    .action(async (id, options) => (await import('./change-set-command.ts')).changeSetApprove(id, context(options)))
  withSettings(changeSet.command('decline'))
    .argument('<id>')
    .requiredOption('--reason <text>', 'what the seller reads in DescribeChangeSet')
    .description('fail a change set')
    .action(async (id, options) =>
      (await import('./change-set-command.ts')).changeSetDecline(id, options.reason, context(options)),
    )
  withSettings(changeSet.command('review'))
    .argument('[on|off]')
    .description('whether products wait for the operator before they become Public or Restricted')
    .action(async (choice, options) =>
      (await import('./change-set-command.ts')).changeSetReview(choice, context(options)),
    )

  const review = program.command('review').description('what buyers write about products')
  withSettings(review.command('list'))
    .option('--product <id>', 'of this product alone')
    .description('list reviews, hidden ones too')
    .action(async options => (await import('./review.ts')).reviewList(options.product, context(options)))
  withSettings(review.command('hide'))
    .argument('<id>')
    .requiredOption('--reason <text>', 'what its author reads')
    .description('take a review out of sight and out of the average')
    .action(async (id, options) => (await import('./review.ts')).reviewHide(id, options.reason, context(options)))
  withSettings(review.command('restore'))
    .argument('<id>')
    .description('show a hidden review again')
    .action(async (id, options) => (await import('./review.ts')).reviewRestore(id, context(options)))

  const provider = program.command('sign-in-provider').description('by which providers people sign in to the console')
  withSettings(provider.command('list'))
    .description('list them, with the roles of groups')
    .action(async options => (await import('./sign-in-provider-command.ts')).signInProviderList(context(options)))
  withSettings(provider.command('add'))
    .argument('<name>', 'what the button says')
    .requiredOption('--provider <arn>', 'the identity provider in the operator’s account')
    .requiredOption('--client <id>', 'one of its clients')
    .option('--client-secret-file <path>', 'its secret, where it has one; - for standard input')
    .option(
      '--scope <name>',
      'asked of the provider; openid alone unless said; may be given several times',
      collected,
      [],
    )
    .option('--groups-claim <name>', 'the claim that lists somebody’s groups; groups unless said')
    .requiredOption('--role <group=arn>', 'the role of a group; may be given several times', collected, [])
    .description('let people sign in by a provider, or change how')
    .action(async (name, options) =>
      (await import('./sign-in-provider-command.ts')).signInProviderAdd(name, options, context(options)),
    )
  withSettings(provider.command('remove'))
    .argument('<name>')
    .description('let nobody sign in by a provider any more')
    .action(async (name, options) =>
      (await import('./sign-in-provider-command.ts')).signInProviderRemove(name, context(options)),
    )

  const quota = program.command('quota').description('what an account may have of this installation')
  const toQuota = async () => await import('./quota-command.ts')
  withSettings(quota.command('list'))
    .argument('<account>', 'its name or id')
    .description('list what can be set for an account: service, code, what it may have, what every account may')
    .action(async (account, options) => (await toQuota()).quotaList(account, context(options)))
  withSettings(quota.command('set'))
    .argument('<account>', 'its name or id')
    .argument('<service>', 'code of the service, as sagemaker')
    .argument('<code>', 'code of the quota, as training-jobs')
    .argument('<value>', 'how many it may have')
    .description('let an account have so many; what it has already stays')
    .action(async (account, service, code, value, options) =>
      (await toQuota()).quotaSet([account, service, code, value], context(options)),
    )
  withSettings(quota.command('reset'))
    .argument('<account>', 'its name or id')
    .argument('<service>')
    .argument('<code>')
    .description('let an account have what every account may')
    .action(async (account, service, code, options) =>
      (await toQuota()).quotaReset([account, service, code], context(options)),
    )
  withSettings(quota.command('requests'))
    .description('list what accounts have asked for and nobody has answered')
    .action(async options => (await toQuota()).quotaRequests(context(options)))
  withSettings(quota.command('approve'))
    .argument('<id>')
    .description('give an account what it has asked for')
    .action(async (id, options) => (await toQuota()).quotaReview(id, 'APPROVED', context(options)))
  withSettings(quota.command('deny'))
    .argument('<id>')
    .description('leave the number as it is')
    .action(async (id, options) => (await toQuota()).quotaReview(id, 'DENIED', context(options)))

  const audit = program.command('audit').description('the security log')
  withSettings(audit.command('verify'))
    .option('--head <number:hash>', 'what an earlier look told: tells whether the end was cut off since')
    .description('recompute the chain of the security log')
    .action(async options => (await import('./audit-command.ts')).auditVerify(options.head, context(options)))

  const account = program.command('account').description('accounts of this installation')
  withSettings(account.command('create'))
    .argument('<name>')
    .description('make an account and its root access key')
    .option('--id <12 digits>', 'account id; drawn at random otherwise')
    .option('--access-key-id <id>', 'access key id; drawn at random otherwise')
    .option('--secret-access-key-file <file>', 'holds its secret; - reads it from standard input')
    .option('--secret-access-key <secret>', 'its secret, where all users of this machine may read it')
    .option('--email <address>', 'where mail for the account goes; none is sent otherwise')
    .action(async (name, options) =>
      (await import('./account-command.ts')).accountCreate({ name, ...options }, context(options)),
    )
  withSettings(account.command('email'))
    .argument('<name>')
    .argument('<address>', 'an empty one ends mail')
    .description('say where mail for an account goes')
    .action(async (name, address, options) =>
      (await import('./account-command.ts')).accountEmail(name, address, context(options)),
    )
  withSettings(account.command('country'))
    .argument('<name>')
    .argument('<code>', 'ISO 3166-1 alpha-2; an empty one for unknown')
    .description('say where an account is: some offers are for some countries')
    .action(async (name, code, options) =>
      (await import('./account-command.ts')).accountCountry(name, code, context(options)),
    )
  for (const verb of ['disable', 'enable'] as const)
    withSettings(account.command(verb))
      .argument('<name>')
      .description(
        verb === 'disable'
          ? 'refuse whoever signs as an account, from now on; its data stays'
          : 'let an account that was disabled work again',
      )
      .action(async (name, options) =>
        (await import('./account-command.ts')).accountDisable(name, verb === 'disable', context(options)),
      )
  withSettings(account.command('list'))
    .description('list accounts')
    .action(async options => (await import('./account-command.ts')).accountList(context(options)))

  program
    .command('completion')
    .argument('<shell>', shells.join(', '), shellOf)
    .description('print what teaches a shell to complete commands and options')
    .action(shell => printCompletion(program, shell, context({})))
  addExamples(program)
  // Nobody types it: it comes after what is shown.
  program
    .command('pod-agent', { hidden: true })
    .argument('<words...>')
    .description('what runs in the Pods that a server makes')
    .action(async words => (await import('../driver/kubernetes/pod-agent.ts')).podAgent(words, environment))
  return program
}
