/**
 * Interface facts of one AWS API as JSON (`src/model/*.json`), in the shape that botocore's service descriptions use.
 * They are interpreted at run time: parsed, validated, serialized by.
 */
export interface ServiceModel {
  readonly metadata: Metadata
  readonly operations: Readonly<Record<string, OperationModel>>
  readonly shapes: Readonly<Record<string, Shape>>
  readonly pagination?: Readonly<Record<string, unknown>>
  readonly waiters?: Readonly<Record<string, unknown>>
}

export interface Metadata {
  readonly apiVersion: string
  readonly endpointPrefix: string
  readonly protocol: string
  readonly protocols: readonly string[]
  readonly serviceId: string
  readonly signingName?: string
  readonly targetPrefix?: string
  readonly jsonVersion?: string
  readonly xmlNamespace?: string
  readonly awsQueryCompatible?: object
}

export interface OperationModel {
  readonly name: string
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number }
  readonly input?: ShapeRef
  readonly output?: ShapeRef & { readonly resultWrapper?: string }
  readonly errors?: readonly ShapeRef[]
  readonly idempotent?: boolean
  /** `none`: nobody signs it. */
  readonly authtype?: string
  readonly httpChecksum?: Readonly<Record<string, unknown>>
}

export interface ShapeRef {
  readonly shape: string
  readonly location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode'
  readonly locationName?: string
  readonly streaming?: boolean
  readonly flattened?: boolean
  readonly xmlAttribute?: boolean
  readonly xmlNamespace?: { readonly uri: string; readonly prefix?: string } | string
  readonly idempotencyToken?: boolean
  readonly jsonvalue?: boolean
  readonly box?: boolean
  readonly event?: boolean
}

export interface Shape {
  readonly type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'character'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'boolean'
    | 'timestamp'
    | 'blob'
  readonly members?: Readonly<Record<string, ShapeRef>>
  readonly member?: ShapeRef
  readonly key?: ShapeRef
  readonly value?: ShapeRef
  readonly required?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly payload?: string
  readonly streaming?: boolean
  readonly flattened?: boolean
  readonly locationName?: string
  readonly timestampFormat?: 'iso8601' | 'unixTimestamp' | 'rfc822'
  readonly sensitive?: boolean
  readonly exception?: boolean
  readonly fault?: boolean
  readonly error?: { readonly httpStatusCode?: number; readonly code?: string; readonly senderFault?: boolean }
  readonly eventstream?: boolean
  readonly event?: boolean
  readonly eventpayload?: boolean
  readonly union?: boolean
  readonly document?: boolean
  readonly xmlNamespace?: { readonly uri: string; readonly prefix?: string } | string
}
