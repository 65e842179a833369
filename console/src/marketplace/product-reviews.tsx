import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { time } from '../kit/time.ts'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { marketplaceTexts } from './marketplace-texts.ts'
import { Stars } from './rating.tsx'
import { putReview, type Review, useReviews } from './review.ts'

const words = marketplaceTexts.reviews

/** What buyers say; who may not review is told so by the API. */
export function ProductReviews({ productId }: { readonly productId: string }) {
  const { data = [] } = useReviews(productId)
  const [writes, setWrites] = useState(false)
  return (
    <SpaceBetween size="m">
      {data.length === 0 && <Box color="text-body-secondary">{words.none}</Box>}
      {data.map(review => (
        <OneReview key={review.reviewId} review={review} />
      ))}
      <Button onClick={() => setWrites(true)}>{words.leave}</Button>
      {writes && (
        <ReviewForm productId={productId} own={data.find(({ isOwn }) => isOwn)} close={() => setWrites(false)} />
      )}
    </SpaceBetween>
  )
}

const OneReview = ({ review }: { readonly review: Review }) => (
  <article>
    <Stars rating={review.rating} /> {review.title !== undefined && <b>{review.title}</b>}
    <Box color="text-body-secondary">
      {review.authorName}, {time(new Date(review.createdAt * 1000))}
    </Box>
    {review.moderation && <Box>{words.hidden(review.moderation.reason)}</Box>}
    {review.body !== undefined && <Box>{review.body}</Box>}
    {review.answer && (
      <Box margin={{ left: 'l' }}>
        <b>{words.answer}</b>: {review.answer.body}
      </Box>
    )}
  </article>
)

interface FormProps {
  readonly productId: string
  readonly own: Review | undefined
  close(): void
}

function ReviewForm({ productId, own, close }: FormProps) {
  const [rating, setRating] = useState(String(own?.rating ?? 5))
  const [title, setTitle] = useState(own?.title ?? '')
  const [body, setBody] = useState(own?.body ?? '')
  const submit = () => {
    close()
    void runTask({
      doing: words.submit,
      done: words.done,
      failed: words.failed,
      async run() {
        const texts = { ...(title.trim() !== '' && { title }), ...(body.trim() !== '' && { body }) }
        await putReview(productId, { rating: Number(rating), ...texts })
        await queryClient.invalidateQueries({ queryKey: ['reviews', productId] })
        await queryClient.invalidateQueries({ queryKey: ['listing'] })
      },
    })
  }
  return (
    <Modal
      visible
      header={words.leave}
      closeAriaLabel={texts.form.close}
      onDismiss={close}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={submit}>
            {words.submit}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField label={words.rating}>
          <RadioGroup
            value={rating}
            items={['5', '4', '3', '2', '1'].map(value => ({ value, label: words.stars(value) }))}
            onChange={({ detail }) => setRating(detail.value)}
          />
        </FormField>
        <FormField label={words.title}>
          <Input value={title} onChange={({ detail }) => setTitle(detail.value)} />
        </FormField>
        <FormField label={words.body} constraintText={words.bodyRule}>
          <Textarea value={body} rows={6} onChange={({ detail }) => setBody(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Modal>
  )
}
