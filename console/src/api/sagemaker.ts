import { SageMakerClient } from '@aws-sdk/client-sagemaker'
import { clientOf, clientOptions } from './clients.ts'

export const sagemaker = clientOf(region => new SageMakerClient(clientOptions(region)))
