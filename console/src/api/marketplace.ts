import { signedJson } from './signed-json.ts'

/** Marketplace Discovery, and this server's own APIs of the market. */
export const askMarketplace = signedJson('aws-marketplace', 'us-east-1')
