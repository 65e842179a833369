import {
  DeleteRepositoryCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  type ImageDetail,
  type Repository,
  StartImageScanCommand,
} from '@aws-sdk/client-ecr'
import { useQuery } from '@tanstack/react-query'
import { ecr } from '../api/ecr.ts'
import { pollMs, queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import type { ListingSource } from '../kit/use-listing.ts'

/** In the order of the registry, which neither finds nor sorts. */
export const repositories: ListingSource<Repository> = {
  kind: 'repositories',
  isInTransition: () => false,
  async fetch({ region, MaxResults, NextToken }) {
    const page = await ecr(region).send(
      new DescribeRepositoriesCommand({ maxResults: MaxResults, nextToken: NextToken }),
    )
    return { items: page.repositories ?? [], nextToken: page.nextToken }
  },
}

export function useRepository(name: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['repository', region, name],
    queryFn: async () =>
      (await ecr(region).send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))).repositories?.[0],
  })
}

const isScanning = ({ imageScanStatus }: ImageDetail): boolean =>
  imageScanStatus?.status === 'IN_PROGRESS' || imageScanStatus?.status === 'PENDING'

/** The images of a repository, newest first; a thousand at most are looked at. */
export function useImages(repositoryName: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['images', region, repositoryName],
    refetchInterval: ({ state }) => pollMs(state.data?.some(isScanning) ?? false),
    queryFn: async () => {
      const ask = new DescribeImagesCommand({ repositoryName, maxResults: 1000 })
      const { imageDetails = [] } = await ecr(region).send(ask)
      return imageDetails.toSorted((a, b) => (b.imagePushedAt?.getTime() ?? 0) - (a.imagePushedAt?.getTime() ?? 0))
    },
  })
}

/** Everything that a scan found of an image. */
export async function scanReport(region: string, repositoryName: string, imageDigest: string | undefined) {
  const imageId = { imageDigest }
  const findings = []
  let nextToken: string | undefined
  let first: object | undefined
  do {
    const ask = new DescribeImageScanFindingsCommand({ repositoryName, imageId, nextToken, maxResults: 1000 })
    const { $metadata: _, ...page } = await ecr(region).send(ask)
    findings.push(...(page.imageScanFindings?.findings ?? []))
    first ??= page
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return { ...first, nextToken: undefined, findings }
}

export async function startScan(region: string, repositoryName: string, imageDigest: string | undefined) {
  await ecr(region).send(new StartImageScanCommand({ repositoryName, imageId: { imageDigest } }))
  await queryClient.invalidateQueries({ queryKey: ['images', region, repositoryName] })
}

export const deleteRepository = (region: string, repositoryName: string) =>
  ecr(region).send(new DeleteRepositoryCommand({ repositoryName, force: true }))

/** The lines that bring an image here, for a POSIX shell. */
export function pushCommands(uri: string, endpoint: string, region: string): readonly string[] {
  const [registry = ''] = uri.split('/')
  const name = uri.slice(uri.lastIndexOf('/') + 1)
  return [
    `aws ecr get-login-password --region ${region} --endpoint-url ${endpoint} | docker login --username AWS --password-stdin ${registry}`,
    `docker build -t ${name} .`,
    `docker tag ${name}:latest ${uri}:latest`,
    `docker push ${uri}:latest`,
  ]
}
