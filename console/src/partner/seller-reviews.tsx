import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { SimpleTable } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { Stars } from '../marketplace/rating.tsx'
import { putAnswer, type Review, useReviews } from '../marketplace/review.ts'
import { texts } from '../texts.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.reviews

/** What buyers say of a product, with the seller's answer to each. */
export function SellerReviews({ productId }: { readonly productId: string }) {
  const { data = [] } = useReviews(productId)
  const [answered, setAnswered] = useState<Review>()
  return (
    <>
      <SimpleTable
        label={partnerTexts.own.reviews}
        items={data}
        empty={words.none}
        columns={[
          { header: words.review, cell: ({ title, body }) => [title, body].filter(Boolean).join(': ') || texts.none },
          { header: words.rating, cell: ({ rating }) => <Stars rating={rating} /> },
          { header: partnerTexts.own.versionCreated, cell: ({ createdAt }) => time(new Date(createdAt * 1000)) },
          { header: words.body, cell: ({ answer }) => answer?.body ?? texts.none },
          {
            header: texts.list.actions,
            cell: review => (
              <Button ariaLabel={words.answerOf(review.authorName)} onClick={() => setAnswered(review)}>
                {words.answer}
              </Button>
            ),
          },
        ]}
      />
      {answered && <Answer productId={productId} review={answered} close={() => setAnswered(undefined)} />}
    </>
  )
}

interface Props {
  readonly productId: string
  readonly review: Review
  close(): void
}

function Answer({ productId, review, close }: Props) {
  const form = useFormState({ body: review.answer?.body ?? '' }, { body: ({ body }) => wanted(body) })
  return (
    <DialogForm
      title={words.answerOf(review.authorName)}
      form={form}
      submitText={words.put}
      done={words.done}
      kinds={['reviews']}
      submit={() => putAnswer(productId, review.reviewId, form.values.body)}
      close={close}
    >
      <TextareaField form={form} name="body" label={words.body} description={words.bodyWhy} rows={5} />
    </DialogForm>
  )
}
