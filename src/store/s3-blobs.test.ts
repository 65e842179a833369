import { after } from 'node:test'
import { openS3OverHttp } from '../s3/s3-over-http.fixture.ts'
import { bucketSuite } from './bucket-suite.ts'

/** Another installation has the bucket. */
const other = openS3OverHttp()
after(async () => (await other).close())

bucketSuite('of another Modelmart', async () => {
  const { client, endpoint, credentials } = await other
  const { CreateBucketCommand } = await import('@aws-sdk/client-s3')
  await client.send(new CreateBucketCommand({ Bucket: 'content' }))
  return { endpoint, bucket: 'content', keys: credentials }
})
