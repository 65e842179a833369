import type { Severity } from '../service/scan.ts'

/** A release and the last day on which its maker gives security updates to everyone, `YYYY-MM-DD`; undefined where there is no such day. */
export type ReleaseEnds = Readonly<Record<string, string | undefined>>

export interface PolicySystem {
  /** ID of os-release. */
  readonly id: string
  readonly name: string
  /** By VERSION_ID: `9` stands for 9.4, too, and `*` for every version. */
  readonly releases: ReleaseEnds
}

/** Which operating systems an image may be built on, and which known vulnerabilities its packages may not have. */
export interface ScanPolicy {
  readonly name: string
  readonly systems: readonly PolicySystem[]
  readonly vulnerabilities: {
    readonly severities: readonly Severity[]
    /** Whether those block, too, that the distribution has not fixed. */
    readonly unfixed: boolean
  }
}

/** Source: AWS Marketplace Seller Guide, "Security and intellectual property with Amazon SageMaker AI". */
const critical: ScanPolicy['vulnerabilities'] = { severities: ['CRITICAL', 'HIGH'], unfixed: true }

const endless = (...versions: string[]): ReleaseEnds =>
  Object.fromEntries(versions.map(version => [version, undefined]))

/** Red Hat's maintenance support, which its rebuilds follow. */
const enterprise: ReleaseEnds = { '8': '2029-05-31', '9': '2032-05-31', '10': '2035-05-31' }

/**
 * Releases that get security updates without a contract. Sources, read in November 2026: the life-cycle pages of Debian (with LTS),
 * Ubuntu (standard support), Alpine and Amazon Linux; endoflife.date's records of Red Hat (maintenance support), Rocky Linux, AlmaLinux,
 * Oracle Linux (premier support), CentOS Stream, Fedora and openSUSE, and the AlmaLinux project for its release 8. Oracle names months, of which
 * the last day is taken here; Fedora ends a release four weeks after the next but one, so that its dates are planned ones. The ends of
 * the rebuilds of Red Hat 10 are ten years after its own release. Wolfi and Chainguard have no releases.
 */
export const current: ScanPolicy = {
  name: 'current',
  vulnerabilities: critical,
  systems: [
    { id: 'debian', name: 'Debian', releases: { '11': '2026-08-31', '12': '2028-06-30', '13': '2030-06-30' } },
    {
      id: 'ubuntu',
      name: 'Ubuntu',
      releases: { '20.04': '2025-05-31', '22.04': '2027-05-31', '24.04': '2029-05-31', '26.04': '2031-05-31' },
    },
    {
      id: 'alpine',
      name: 'Alpine',
      releases: {
        '3.19': '2025-11-01',
        '3.20': '2026-04-01',
        '3.21': '2026-11-01',
        '3.22': '2027-05-01',
        '3.23': '2027-11-01',
        '3.24': '2028-05-01',
      },
    },
    { id: 'amzn', name: 'Amazon Linux', releases: { '2': '2026-06-30', '2023': '2029-06-30' } },
    { id: 'rhel', name: 'Red Hat Enterprise Linux', releases: enterprise },
    { id: 'rocky', name: 'Rocky Linux', releases: enterprise },
    { id: 'almalinux', name: 'AlmaLinux', releases: { ...enterprise, '8': '2029-03-01' } },
    { id: 'ol', name: 'Oracle Linux', releases: { '8': '2029-07-31', '9': '2032-06-30', '10': '2035-06-30' } },
    { id: 'centos', name: 'CentOS Stream', releases: { '9': '2027-05-31', '10': '2030-01-01' } },
    { id: 'fedora', name: 'Fedora', releases: { '43': '2026-12-09', '44': '2027-06-02' } },
    { id: 'opensuse-leap', name: 'openSUSE Leap', releases: { '15.6': '2026-04-30', '16.0': '2027-10-31' } },
    { id: 'wolfi', name: 'Wolfi', releases: endless('*') },
    { id: 'chainguard', name: 'Chainguard', releases: endless('*') },
  ],
}

/** The same systems; vulnerabilities block only where an update of the package ends them. */
export const currentFixable: ScanPolicy = {
  ...current,
  name: 'current-fixable',
  vulnerabilities: { ...critical, unfixed: false },
}

/** What AWS Marketplace scanned in 2018. Source: SageMaker Developer Guide of that year, "Develop Algorithms and Models in Amazon SageMaker". */
export const aws2018: ScanPolicy = {
  name: 'aws-2018',
  vulnerabilities: critical,
  systems: [
    { id: 'debian', name: 'Debian', releases: endless('6.0', '7', '8', '9', '10') },
    {
      id: 'ubuntu',
      name: 'Ubuntu',
      releases: endless(
        ...['12.04', '12.10', '13.04', '14.04', '14.10', '15.04', '15.10'],
        ...['16.04', '16.10', '17.04', '17.10', '18.04', '18.10'],
      ),
    },
    { id: 'centos', name: 'CentOS', releases: endless('5', '6', '7') },
    { id: 'ol', name: 'Oracle Linux', releases: endless('5', '6', '7') },
    { id: 'alpine', name: 'Alpine', releases: endless('3.3', '3.4', '3.5') },
    { id: 'amzn', name: 'Amazon Linux', releases: endless('*') },
  ],
}

/** By name, for whoever chooses one. */
export const scanPolicies: Readonly<Record<string, ScanPolicy>> = Object.fromEntries(
  [current, currentFixable, aws2018].map(policy => [policy.name, policy]),
)
