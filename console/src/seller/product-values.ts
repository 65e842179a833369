/** What the forms of algorithms and of model packages have in common. Of yes and no: `yes`, `no`. */
export interface ServingValues {
  readonly image: string
  readonly hostname: string
  readonly realtimeTypes: readonly string[]
  readonly transformTypes: readonly string[]
  /** Between commas. */
  readonly contentTypes: string
  readonly responseTypes: string
}

export interface ValidationValues {
  readonly publishes: string
  readonly validates: string
  readonly role: string
  readonly profileName: string
  /** JSON; the template while it is empty. */
  readonly transformJob: string
}

export const newServing: ServingValues = {
  ...{ image: '', hostname: '', realtimeTypes: [], transformTypes: [], contentTypes: '', responseTypes: '' },
}

export const newValidation: ValidationValues = {
  ...{ publishes: 'no', validates: 'no', role: '', profileName: 'validation-profile-1', transformJob: '' },
}

export const optional = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())

/** The words of a list that is typed between commas. */
export const listOf = (text: string): string[] =>
  text
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')

export const filled = <Item>(list: readonly Item[]): Item[] | undefined => (list.length === 0 ? undefined : [...list])

/** TransformJobDefinition as the guides tell it: TransformInput.DataSource.S3DataSource.S3Uri is what they call TransformInput.DataSource.S3Uri. */
export const transformTemplate = (type = 'ml.m5.large', contentType = '') => ({
  MaxConcurrentTransforms: 1,
  MaxPayloadInMB: 6,
  TransformInput: {
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://' } },
    ContentType: contentType,
    CompressionType: 'None',
    SplitType: 'None',
  },
  TransformOutput: { S3OutputPath: 's3://', AssembleWith: 'None' },
  TransformResources: { InstanceType: type, InstanceCount: 1 },
})

export const json = (value: unknown): string => JSON.stringify(value, null, 2)

/** Of a transform job: what was typed, or the template for what was said before. */
export const transformText = (values: ServingValues & ValidationValues): string =>
  values.transformJob === ''
    ? json(transformTemplate(values.transformTypes[0], listOf(values.contentTypes)[0]))
    : values.transformJob

/** The inference specification of both; `more` goes into its container. */
export const inferenceSpecification = (values: ServingValues, more: object = {}) => ({
  Containers: [{ Image: values.image.trim(), ContainerHostname: optional(values.hostname), ...more }],
  SupportedRealtimeInferenceInstanceTypes: filled(values.realtimeTypes),
  SupportedTransformInstanceTypes: filled(values.transformTypes),
  SupportedContentTypes: listOf(values.contentTypes),
  SupportedResponseMIMETypes: listOf(values.responseTypes),
})
