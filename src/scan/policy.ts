/** A release and the last day on which its maker gives security updates to everyone, `YYYY-MM-DD`; undefined where there is no such day. */
export type ReleaseEnds = Readonly<Record<string, string | undefined>>

export interface PolicySystem {
  /** ID of os-release. */
  readonly id: string
  readonly name: string
  /** By VERSION_ID: `9` stands for 9.4, too, and `*` for every version. */
  readonly releases: ReleaseEnds
}

/** Which operating systems an image may be built on. */
export interface ScanPolicy {
  readonly name: string
  readonly systems: readonly PolicySystem[]
}

const endless = (...versions: string[]): ReleaseEnds =>
  Object.fromEntries(versions.map(version => [version, undefined]))

const enterprise = (id: string, name: string): PolicySystem => ({
  id,
  name,
  releases: { '8': '2029-05-31', '9': '2032-05-31', '10': '2035-05-31' },
})

/**
 * Releases that get security updates without a contract. Sources, read in November 2026: the life-cycle pages of Debian (with LTS),
 * Ubuntu (standard support), Alpine, Amazon Linux, Red Hat and its kin, CentOS Stream, Fedora; Wolfi and Chainguard have no releases.
 */
export const current: ScanPolicy = {
  name: 'current',
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
    enterprise('rhel', 'Red Hat Enterprise Linux'),
    enterprise('rocky', 'Rocky Linux'),
    enterprise('almalinux', 'AlmaLinux'),
    { id: 'ol', name: 'Oracle Linux', releases: { '8': '2029-07-31', '9': '2032-06-30', '10': '2035-06-30' } },
    { id: 'centos', name: 'CentOS Stream', releases: { '9': '2027-05-31', '10': '2030-01-01' } },
    { id: 'fedora', name: 'Fedora', releases: { '43': '2026-12-02', '44': '2027-06-02' } },
    { id: 'wolfi', name: 'Wolfi', releases: endless('*') },
    { id: 'chainguard', name: 'Chainguard', releases: endless('*') },
  ],
}

/** What AWS Marketplace scanned in 2018. Source: SageMaker Developer Guide of that year, "Develop Algorithms and Models in Amazon SageMaker". */
export const aws2018: ScanPolicy = {
  name: 'aws-2018',
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
export const scanPolicies: Readonly<Record<string, ScanPolicy>> = { [current.name]: current, [aws2018.name]: aws2018 }
