import type { InstalledPackage, ScanReport, Severity, Vulnerability } from '../service/scan.ts'
import type { Db } from '../store/database.ts'
import { type AffectedRange, fixAfter, liesIn } from './affected-range.ts'
import { type Ecosystem, imageEcosystem, namesIn, type PackageName } from './ecosystem.ts'
import { type Exceptions, openExceptions } from './exception.ts'

/** What the imported records say of an image's packages, or why they say nothing. */
export type Findings =
  | { readonly vulnerabilities: readonly Vulnerability[]; readonly dataFrom: Date }
  | { readonly unchecked: string }

/**
 * Matches installed packages with the imported OSV records of their distribution's release. Kernels are left out: a container runs on
 * its host's, and what an image has of one are headers and files that nothing boots.
 */
export async function findVulnerabilities(
  db: Db,
  system: ScanReport['operatingSystem'],
  packages: readonly InstalledPackage[],
  now: Date,
): Promise<Findings> {
  const known = await db.selectFrom('vulnerability_source').selectAll().orderBy('ecosystem').execute()
  if (known.length === 0) return { unchecked: 'No vulnerability data are imported.' }
  const ecosystem = system && imageEcosystem(system)
  if (!ecosystem) return { unchecked: `There are no vulnerability data for ${system?.name ?? 'an unknown system'}.` }
  const source = known.find(row => row.ecosystem === ecosystem.key)
  if (!source)
    return {
      unchecked: `The imported vulnerability data have nothing on ${ecosystem.key}; they are on ${known.map(row => row.ecosystem).join(', ')}.`,
    }
  if (packages.length === 0) return { unchecked: 'The image has no package database that says what is installed.' }
  const installed = installedNames(ecosystem, packages)
  const exceptions = await openExceptions(db, now)
  const found: Vulnerability[] = []
  for (const names of chunks([...installed.keys()], 400))
    for (const row of await affecting(db, ecosystem, names))
      for (const { name, version } of installed.get(row.package) ?? [])
        found.push(...vulnerability(row, name, version, ecosystem, exceptions))
  return { vulnerabilities: withoutRepeats(found).sort(worstFirst), dataFrom: new Date(Number(source.newest)) }
}

const kernel = /^(linux-(libc-dev|headers|image|modules|kbuild)|kernel)(-|$)/
const isKernel = ({ name }: InstalledPackage): boolean => kernel.test(name)

/** Names that records may use, each with the versions that are installed by it. */
function installedNames(ecosystem: Ecosystem, packages: readonly InstalledPackage[]): Map<string, PackageName[]> {
  const all = packages.filter(one => !isKernel(one)).flatMap(one => namesIn(ecosystem, one))
  const once = new Map(all.map(one => [`${one.name} ${one.version}`, one]))
  return Map.groupBy(once.values(), one => one.name)
}

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}

const affecting = (db: Db, { key }: Ecosystem, names: readonly string[]) =>
  db
    .selectFrom('vulnerability_affected as affected')
    .innerJoin('vulnerability as record', 'record.id', 'affected.vulnerability')
    .select(['affected.package', 'affected.severity', 'affected.score', 'affected.vector'])
    .select(['affected.ranges', 'affected.versions'])
    .select(['record.id', 'record.name', 'record.cves', 'record.summary', 'record.uri'])
    .where('affected.ecosystem', '=', key)
    .where('affected.package', 'in', names)
    .execute()

type Row = Awaited<ReturnType<typeof affecting>>[number]

function vulnerability(
  row: Row,
  name: string,
  version: string,
  { compare }: Ecosystem,
  exceptions: Exceptions,
): Vulnerability[] {
  const ranges: AffectedRange[] = JSON.parse(row.ranges).filter((range: AffectedRange) =>
    liesIn(version, range, compare),
  )
  if (ranges.length === 0 && !JSON.parse(row.versions).includes(version)) return []
  const fixedIn = fixAfter(version, ranges, compare)
  if (fixedIn && isModular(fixedIn) && !isModular(version)) return []
  const cves: string[] = JSON.parse(row.cves)
  const exception = exceptions.of({ ids: [row.name, row.id], cves, package: name })
  return [
    {
      ...{ name: row.name, record: row.id, cves, summary: row.summary, uri: row.uri },
      ...{ severity: row.severity as Severity, package: name, version },
      ...(row.score >= 0 && { score: row.score / 10, vector: row.vector }),
      ...(fixedIn && { fixedIn }),
      ...(exception && { exception }),
    },
  ]
}

/** Red Hat's modules are packages of the same name in streams of their own: a fix in a stream says nothing of the ordinary package. */
const isModular = (version: string): boolean => version.includes('.module')

/**
 * A distribution has records of CVEs and of the advisories that fixed them: an advisory goes when all of its CVEs are found for the
 * package themselves, and several records on one CVE become the worst of them, with the fix that any of them knows.
 */
function withoutRepeats(found: readonly Vulnerability[]): Vulnerability[] {
  const byPackage = Map.groupBy(found, ({ package: name, version }) => `${name} ${version}`)
  return [...byPackage.values()].flatMap(here => {
    const byName = Map.groupBy(here, ({ name }) => name)
    return [...byName.values()].map(merged).filter(({ cves }) => cves.length < 2 || !cves.every(id => byName.has(id)))
  })
}

function merged(same: readonly Vulnerability[]): Vulnerability {
  const worst = same.toSorted(worstFirst)[0] as Vulnerability
  const fixedIn = worst.fixedIn ?? same.find(one => one.fixedIn)?.fixedIn
  return fixedIn ? { ...worst, fixedIn } : worst
}

const severities: readonly Severity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNDEFINED']

const worstFirst = (a: Vulnerability, b: Vulnerability): number =>
  severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
  Number(b.fixedIn !== undefined) - Number(a.fixedIn !== undefined) ||
  (b.score ?? 0) - (a.score ?? 0) ||
  (a.name < b.name ? -1 : 1)
