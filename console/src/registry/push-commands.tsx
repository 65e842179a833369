import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { texts } from '../texts.ts'
import { registryTexts as words } from './registry-texts.ts'
import { pushCommands } from './repository.ts'

interface Props {
  readonly name: string
  readonly uri: string
  close(): void
}

/** How an image comes into a repository. */
export function PushCommands({ name, uri, close }: Props) {
  const [region] = useRegion()
  return (
    <Modal visible size="large" header={words.pushTitle(name)} closeAriaLabel={texts.form.close} onDismiss={close}>
      <SpaceBetween size="m">
        <div>{words.pushWhy}</div>
        {pushCommands(uri, window.location.origin, region).map(line => (
          <CopyLine key={line} line={line} />
        ))}
      </SpaceBetween>
    </Modal>
  )
}
