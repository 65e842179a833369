import { ServiceError } from '../ground/errors.ts'
import { listExceptions, putException, revokeException } from '../scan/exception.ts'
import { choosePolicy, chosenPolicy } from '../scan/policy-choice.ts'
import { scanPolicies } from '../scan/scan-policy.ts'
import type { Context } from '../service/context.ts'
import { inWords } from './in-words.ts'

/** Oldest first; an object has its whole numbers before 6.0. */
const inOrder = (releases: readonly string[]): string[] =>
  releases.toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))

/** The policy that judges images, what there is to choose, the vulnerability data and the exceptions, also those that are over. */
export async function getScanPolicy(_: object, { store: { db } }: Context) {
  const { name, vulnerabilities, systems } = await chosenPolicy(db)
  const sources = await db.selectFrom('vulnerability_source').selectAll().orderBy('ecosystem').execute()
  const exceptions = await listExceptions(db)
  return {
    policyName: name,
    policyNames: Object.keys(scanPolicies),
    severities: vulnerabilities.severities,
    blocksUnfixed: vulnerabilities.unfixed,
    systems: systems.map(({ name: system, releases }) => `${system} ${inOrder(Object.keys(releases)).join(', ')}`),
    sources: sources.map(({ ecosystem, newest, imported }) => ({
      ...{ ecosystem, newestRecordAt: new Date(Number(newest)), importedAt: new Date(Number(imported)) },
    })),
    exceptions: exceptions.map(({ id, package: packageName, reason, until }) => ({
      ...{ vulnerabilityId: id, ...(packageName && { packageName }), reason, until: new Date(Number(until)) },
    })),
  }
}

/** Which named policy judges images from now on. */
export async function putScanPolicy({ policyName }: { readonly policyName: string }, { store }: Context) {
  await inWords(() => choosePolicy(store.db, policyName))
  return {}
}

interface Excepted {
  readonly vulnerabilityId: string
  readonly packageName?: string
}

/** Lets a vulnerability pass until the end of a day, in one package or in every one. */
export async function putVulnerabilityException(
  input: Excepted & { readonly reason: string; readonly lastDay: string },
  { store, now }: Context,
) {
  const { vulnerabilityId: id, packageName, reason, lastDay } = input
  await inWords(() => putException(store.db, { id, reason, lastDay, ...(packageName && { packageName }) }, now()))
  return {}
}

/** It blocks again. */
export async function deleteVulnerabilityException({ vulnerabilityId, packageName }: Excepted, { store }: Context) {
  if (!(await revokeException(store.db, vulnerabilityId, packageName)))
    throw new ServiceError('ResourceNotFoundException', `There is no exception for ${vulnerabilityId}.`)
  return {}
}
