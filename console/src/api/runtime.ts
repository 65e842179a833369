import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import { clientOf, clientOptions } from './clients.ts'

/** A model answers once: a request that failed is the person's to send again. */
export const runtime = clientOf(region => new SageMakerRuntimeClient({ ...clientOptions(region), maxAttempts: 1 }))
