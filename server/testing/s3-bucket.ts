import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';

/** Address of the S3 server under test: the S3 suite starts one and sets this, and the AWS credentials. */
export const s3Endpoint = process.env['HOLDFAST_TEST_S3_ENDPOINT'] ?? '';

/** A client of the server under test. */
export function testClient(endpoint = s3Endpoint): S3Client {
  return new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1' });
}

/** Makes an empty bucket and gives its name. */
export async function makeBucket(options: { readonly versioned?: boolean } = {}): Promise<string> {
  const Bucket = `test-${randomUUID()}`;
  const client = testClient();
  await client.send(new CreateBucketCommand({ Bucket }));
  if (options.versioned)
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  return Bucket;
}
