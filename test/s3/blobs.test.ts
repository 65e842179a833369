import { after, test } from 'node:test'
import { bucketSuite } from '../../src/store/bucket-suite.ts'
import { openVersitygw } from './versitygw.ts'

const server = await openVersitygw('content')
after(() => server?.close())

if (server) bucketSuite('of versitygw', async () => server)
else test('blobs in a bucket of versitygw', context => context.skip('there is no Go to make it with'))
