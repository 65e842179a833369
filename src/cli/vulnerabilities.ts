import { listExceptions, putException, revokeException } from '../scan/exception.ts'
import { importVulnerabilities } from '../scan/import-vulnerabilities.ts'
import { choosePolicy, chosenPolicy } from '../scan/policy-choice.ts'
import { scanPolicies } from '../scan/scan-policy.ts'
import type { CommandContext } from './command-context.ts'
import type { Installation } from './installation.ts'
import { asOperator, onInstallation } from './on-installation.ts'

const shownMalformed = 10

/** `modelmart vulnerabilities import FILE…`: nothing is fetched. Exit code 1 when something in the files is no OSV record. */
export const vulnerabilitiesImport = (paths: readonly string[], context: CommandContext): Promise<void> =>
  asOperator(
    context,
    { command: 'vulnerabilities import', parameters: { paths } },
    async ({ store }) => {
      for (const path of paths) {
        const { imported, unchanged, withdrawn, elsewhere, malformed } = await importVulnerabilities(
          store,
          path,
          new Date(),
        )
        context.out.write(
          `${path}: ${imported} records imported, ${unchanged} known already, ${withdrawn} withdrawn, ` +
            `${elsewhere} of systems that are not scanned\n`,
        )
        if (malformed.length === 0) continue
        for (const reason of malformed.slice(0, shownMalformed)) context.err.write(`modelmart: ${reason}\n`)
        context.err.write(`modelmart: ${malformed.length} documents of ${path} are no OSV records and were left out\n`)
        process.exitCode = 1
      }
    },
    true,
  )

/** `modelmart vulnerabilities status`: of which systems there are data, how old they are, the policy and its exceptions. */
export const vulnerabilitiesStatus = (context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ store }) => {
    const sources = await store.db.selectFrom('vulnerability_source').selectAll().orderBy('ecosystem').execute()
    if (sources.length === 0) context.out.write('No vulnerability data are imported.\n')
    for (const { ecosystem, newest, imported } of sources)
      context.out.write(`${ecosystem}\tnewest record ${day(newest)}\timported ${day(imported)}\n`)
    const { name, vulnerabilities } = await chosenPolicy(store.db)
    const which = vulnerabilities.unfixed ? 'fixed or not' : 'that have a fix'
    context.out.write(`policy ${name}: blocks ${vulnerabilities.severities.join(' and ')} ${which}\n`)
    for (const { id, package: name, until, reason } of await listExceptions(store.db))
      context.out.write(
        `exception ${id}${name && ` in ${name}`}\t${Number(until) <= Date.now() ? 'over since' : 'until'} ${day(Number(until) - 1)}\t${reason}\n`,
      )
  })

const day = (time: number): string => new Date(Number(time)).toISOString().slice(0, 10)

export interface ExceptOptions {
  readonly reason?: string
  readonly until?: string
  readonly package?: string
  readonly revoke: boolean
}

const told = ({ reason, until, package: name, revoke }: ExceptOptions) => ({ reason, until, package: name, revoke })

/** `modelmart vulnerabilities except ID`: lets a vulnerability pass until a day, for a reason that is kept; `--revoke` ends that. */
export const vulnerabilitiesExcept = (id: string, options: ExceptOptions, context: CommandContext): Promise<void> =>
  asOperator(
    context,
    { command: 'vulnerabilities except', parameters: { id, ...told(options) } },
    async ({ store }) => {
      const { reason, until, package: packageName } = options
      const what = packageName ? `${id} in ${packageName}` : id
      if (options.revoke) {
        if (!(await revokeException(store.db, id, packageName))) throw new Error(`there is no exception for ${what}`)
        context.out.write(`${what} blocks again\n`)
        return
      }
      if (!reason || !until) throw new Error('an exception needs --reason and --until, its last day')
      await putException(store.db, { id, packageName, reason, lastDay: until }, new Date())
      context.out.write(`${what} passes until ${until}\n`)
    },
  )

/** `modelmart vulnerabilities policy NAME`: which named policy judges images from now on. */
export const vulnerabilitiesPolicy = (name: string | undefined, context: CommandContext): Promise<void> => {
  const work = async ({ store }: Installation): Promise<void> => {
    if (name !== undefined) await choosePolicy(store.db, name)
    const chosen = await chosenPolicy(store.db)
    for (const policy of Object.keys(scanPolicies))
      context.out.write(`${policy === chosen.name ? '*' : ' '} ${policy}\n`)
  }
  if (name === undefined) return onInstallation(context, work)
  return asOperator(context, { command: 'vulnerabilities policy', parameters: { name } }, work)
}
