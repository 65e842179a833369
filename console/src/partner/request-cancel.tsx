import { Confirm } from '../kit/confirm.tsx'
import { partnerTexts } from './partner-texts.ts'
import { cancelRequest } from './request.ts'

const words = partnerTexts.requests

/** Asks before a request is taken back. */
export const RequestCancel = ({ id, close }: { readonly id: string; close(): void }) => (
  <Confirm
    title={`${words.cancel}?`}
    text={words.cancelText}
    verb={words.cancel}
    onConfirm={() => void cancelRequest(id)}
    onClose={close}
  />
)
