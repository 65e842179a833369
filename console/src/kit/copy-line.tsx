import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import { texts } from '../texts.ts'

/** A line for a shell, or an ARN: shown, selectable, and to be copied. */
export const CopyLine = ({ line }: { readonly line: string }) => (
  <CopyToClipboard
    variant="inline"
    textToCopy={line}
    copyButtonAriaLabel={texts.list.copy}
    copySuccessText={texts.list.copied}
    copyErrorText={texts.list.copyFailed}
  />
)
