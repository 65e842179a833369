import type { InferenceSpecification } from '@aws-sdk/client-sagemaker'
import { CopyLine } from '../kit/copy-line.tsx'
import type { DetailsSection, Fact } from '../kit/details-frame.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { ArtifactEncryption, inTransit } from './artifact-encryption.tsx'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.details
const { serving } = sellerTexts

export const joined = (list: readonly string[] | undefined): string | undefined =>
  list === undefined || list.length === 0 ? undefined : list.join(', ')

export const copied = (text: string | undefined) => text !== undefined && <CopyLine line={text} />

interface Summary {
  readonly name: string | undefined
  readonly arn: string | undefined
  readonly status: string | undefined
  readonly created: Date | undefined
  readonly description: string | undefined
  readonly certified: boolean | undefined
}

/** What both types of product say first. */
export const summaryFacts = ({ name, arn, status, created, description, certified }: Summary): Fact[] => [
  { label: words.name, value: name },
  { label: words.status, value: <Status word={status} /> },
  { label: words.created, value: time(created) },
  { label: words.arn, value: copied(arn) },
  { label: words.description, value: description },
  { label: words.published, value: certified ? words.yes : words.no },
]

/** Point by point, how what a package holds is encrypted. */
export const encryptionSection = ({ Containers = [] }: InferenceSpecification): DetailsSection => {
  const uri = Containers[0]?.ModelDataUrl
  return {
    title: sellerTexts.encryption.title,
    facts: [
      { label: sellerTexts.encryption.transit, value: inTransit() },
      {
        label: sellerTexts.encryption.rest,
        value: uri === undefined ? sellerTexts.encryption.bundled : <ArtifactEncryption uri={uri} />,
      },
    ],
  }
}

/** What serves, on what, and what it takes and answers. */
export const inferenceSection = (specification: InferenceSpecification): DetailsSection => ({
  title: words.inference,
  facts: [
    { label: serving.image, value: copied(specification.Containers?.[0]?.Image) },
    { label: words.artifacts, value: copied(specification.Containers?.[0]?.ModelDataUrl) },
    { label: serving.hostname, value: specification.Containers?.[0]?.ContainerHostname },
    { label: serving.realtime, value: joined(specification.SupportedRealtimeInferenceInstanceTypes) },
    { label: serving.transform, value: joined(specification.SupportedTransformInstanceTypes) },
    { label: serving.contentTypes, value: joined(specification.SupportedContentTypes) },
    { label: serving.responseTypes, value: joined(specification.SupportedResponseMIMETypes) },
  ],
})
