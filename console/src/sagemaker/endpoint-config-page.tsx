import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { kitTexts } from '../kit/kit-texts.ts'
import { PairTable } from '../kit/pair-table.tsx'
import { time } from '../kit/time.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { deleteEndpointConfig, endpointConfigs, useEndpointConfig } from './endpoint-config.ts'
import { endpointConfigTexts as words } from './resource-texts.ts'
import { useTags } from './training-job.ts'
import { VariantTable } from './variant-table.tsx'

export default function EndpointConfigPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data: config, error } = useEndpointConfig(name)
  const tags = useTags(config?.EndpointConfigArn)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  if (error && !config) return <ErrorAlert error={error} />
  if (!config) return <Spinner size="large" />
  const { DataCaptureConfig: capture, AsyncInferenceConfig: async } = config
  const pairs = (tags.data ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  return (
    <>
      <DetailsFrame
        title={name}
        actions={[
          {
            text: words.createEndpoint,
            run: () => navigate(`${pathTo('createEndpoint')}?config=${encodeURIComponent(name)}`),
          },
          { text: deletionVerb, run: () => setAsks(true) },
        ]}
        sections={[
          {
            title: words.settings,
            facts: [
              { label: kitTexts.facts.name, value: name },
              { label: 'ARN', value: <CopyLine line={config.EndpointConfigArn ?? ''} /> },
              { label: kitTexts.facts.created, value: time(config.CreationTime) },
              { label: words.key, value: config.KmsKeyId ?? texts.none },
              { label: words.capture, value: capture?.EnableCapture ? (capture.DestinationS3Uri ?? '') : texts.none },
              { label: words.async, value: async?.OutputConfig?.S3OutputPath ?? texts.none },
            ],
          },
          { title: words.variants, content: <VariantTable variants={config.ProductionVariants ?? []} /> },
          { title: kitTexts.facts.tags, content: <PairTable label={kitTexts.facts.tags} pairs={pairs} /> },
        ]}
      />
      {asks && (
        <Deletion
          name={name}
          text={words.deletionText}
          kind={endpointConfigs.kind}
          to={pathTo('endpointConfigs')}
          run={() => deleteEndpointConfig(region, name)}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  )
}
