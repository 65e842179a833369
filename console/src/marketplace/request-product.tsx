import Box from '@cloudscape-design/components/box'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { privateTexts as words } from './private-texts.ts'
import { requestProduct } from './product-request.ts'

/** Whether a subscription was refused because the administrator has not approved the product. */
export const isDeniedByAdministrator = (error: unknown): boolean =>
  (error as { readonly reason?: string }).reason === 'DENIED_BY_PRIVATE_MARKETPLACE_POLICY'

export function RequestProduct({ productId, close }: { readonly productId: string; close(): void }) {
  const form = useFormState({ comment: '' }, {})
  return (
    <DialogForm
      title={words.ask}
      form={form}
      submitText={words.ask}
      done={words.asked}
      kinds={[]}
      submit={() => requestProduct(productId, form.values.comment)}
      close={close}
    >
      <Box>{words.askWhy}</Box>
      <TextareaField form={form} name="comment" label={words.comment} optional />
    </DialogForm>
  )
}
