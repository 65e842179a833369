import type { Severity } from '../service/scan.ts'
import { cvssBaseScore } from './cvss.ts'
import type { OsvAffected, OsvRecord } from './osv-record.ts'

/** What distributions say, in the words of ECR. */
const words: Readonly<Record<string, Severity>> = {
  critical: 'CRITICAL',
  important: 'HIGH',
  high: 'HIGH',
  moderate: 'MEDIUM',
  medium: 'MEDIUM',
  low: 'LOW',
  negligible: 'INFORMATIONAL',
  unimportant: 'INFORMATIONAL',
}

export interface Rating {
  readonly severity: Severity
  /** CVSS base score, when the record has a vector of version 3 or 4. */
  readonly score?: number
  readonly vector?: string
}

/** Version 3 counts before version 4: it is what most ratings and rules are made of. */
const scales = [
  { type: 'CVSS_V3', prefix: 'CVSS:3' },
  { type: 'CVSS_V4', prefix: 'CVSS:4' },
]

/**
 * How bad a vulnerability is in one package: the distribution's own word when it gives one, because it knows how the package is
 * built; else by the highest CVSS score (CVSS v3.1 and v4.0 Specification, "Qualitative Severity Rating Scale"); else UNDEFINED.
 */
export function rate(record: OsvRecord, affected: OsvAffected): Rating {
  const given = [...(affected.severity ?? []), ...(record.severity ?? [])]
  const [worst] = scales.flatMap(({ type, prefix }) => {
    const scored = given
      .filter(one => one.type === type && one.score.startsWith(prefix))
      .map(({ score: vector }) => ({ score: cvssBaseScore(vector) ?? -1, vector }))
    return scored.filter(({ score }) => score >= 0).sort((a, b) => b.score - a.score)
  })
  return { severity: ownWord(record, affected) ?? ofScore(worst?.score), ...worst }
}

/** Ubuntu's priority, Debian's urgency, the severity of GitHub and others, and the first word of Red Hat's and its kin's titles. */
function ownWord(record: OsvRecord, affected: OsvAffected): Severity | undefined {
  const ubuntu = [...(affected.severity ?? []), ...(record.severity ?? [])].find(({ type }) => type === 'Ubuntu')
  const said = [
    ubuntu?.score,
    affected.ecosystem_specific?.urgency,
    affected.ecosystem_specific?.severity,
    affected.database_specific?.severity,
    record.database_specific?.severity,
    /^(Critical|Important|Moderate|Low):/.exec(record.summary ?? '')?.[1],
  ]
  return said.map(word => (typeof word === 'string' ? words[word.toLowerCase()] : undefined)).find(Boolean)
}

function ofScore(score: number | undefined): Severity {
  if (score === undefined) return 'UNDEFINED'
  if (score >= 9) return 'CRITICAL'
  if (score >= 7) return 'HIGH'
  if (score >= 4) return 'MEDIUM'
  return score > 0 ? 'LOW' : 'INFORMATIONAL'
}
