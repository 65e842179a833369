import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  type ImageDetail,
  type Repository,
} from '@aws-sdk/client-ecr'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ecr } from '../api/ecr.ts'
import { useRegion } from '../api/region.ts'
import { Loaded } from '../kit/loaded.tsx'
import type { PickerProps } from '../kit/pick-button.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { texts } from '../texts.ts'
import { registryTexts as words } from './registry-texts.ts'

/** So many repositories and images are offered; what is not among them is typed. */
const maxResults = 1000

/** An image of a repository of the account, by a tag. */
export default function ImagePicker({ onChosen, close }: PickerProps) {
  const [repository, setRepository] = useState<Repository>()
  const choose = (tag: string) => {
    onChosen(`${repository?.repositoryUri}:${tag}`)
    close()
  }
  return (
    <Modal visible size="large" header={words.browse} closeAriaLabel={texts.form.close} onDismiss={close}>
      {repository === undefined ? (
        <Repositories open={setRepository} />
      ) : (
        <SpaceBetween size="s">
          <Button formAction="none" onClick={() => setRepository(undefined)}>
            {words.plural}
          </Button>
          <TaggedImages repositoryName={repository.repositoryName ?? ''} choose={choose} />
        </SpaceBetween>
      )}
    </Modal>
  )
}

function Repositories({ open }: { open(repository: Repository): void }) {
  const [region] = useRegion()
  const query = useQuery({
    queryKey: ['repositories', region, 'choices'],
    queryFn: async () => (await ecr(region).send(new DescribeRepositoriesCommand({ maxResults }))).repositories ?? [],
  })
  return (
    <Loaded query={query}>
      {repositories => (
        <SimpleTable<Repository>
          label={words.plural}
          items={repositories}
          empty={words.cli}
          columns={[
            { header: words.name, cell: one => <Link onFollow={() => open(one)}>{one.repositoryName}</Link> },
            { header: words.createdAt, cell: ({ createdAt }) => time(createdAt) },
          ]}
        />
      )}
    </Loaded>
  )
}

interface ImagesProps {
  readonly repositoryName: string
  choose(tag: string): void
}

function TaggedImages({ repositoryName, choose }: ImagesProps) {
  const [region] = useRegion()
  const query = useQuery({
    queryKey: ['images', region, repositoryName, 'choices'],
    queryFn: async () => {
      const ask = new DescribeImagesCommand({ repositoryName, maxResults, filter: { tagStatus: 'TAGGED' } })
      return (await ecr(region).send(ask)).imageDetails ?? []
    },
  })
  return (
    <Loaded query={query}>
      {images => (
        <SimpleTable<{ tag: string; image: ImageDetail }>
          label={words.images}
          items={images.flatMap(image => (image.imageTags ?? []).map(tag => ({ tag, image })))}
          empty={words.noImages}
          columns={[
            { header: words.tags, cell: ({ tag }) => tag },
            { header: words.pushedAt, cell: ({ image }) => time(image.imagePushedAt) },
            {
              header: words.choose,
              cell: ({ tag }) => (
                <Button formAction="none" ariaLabel={words.chooseTag(tag)} onClick={() => choose(tag)}>
                  {words.choose}
                </Button>
              ),
            },
          ]}
        />
      )}
    </Loaded>
  )
}
