import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';
import { MANIFEST_TYPE, type ManifestFile } from '../../src/order/manifest.ts';
import { GrantRequest, type GrantReply } from '../../src/order/service-api.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { OrderAccess } from './order-access.ts';

/** What the API needs. */
export interface ApiOptions {
  readonly store: ObjectStore;
  readonly access: OrderAccess;
  /** Life of a grant in seconds. */
  readonly grantExpiresIn: number;
}

const REQUESTS_A_MINUTE = 600;

interface OrderParams {
  readonly id: string;
  readonly sha256: string;
}

/** Adds the order service's two requests, as `src/order/service-api.ts` describes them. */
export async function addApiRoutes(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { access } = options;
  await app.register(rateLimit, {
    max: REQUESTS_A_MINUTE,
    timeWindow: 60_000,
    errorResponseBuilder: () => tooMany(),
  });
  app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));

  app.get<{ Params: OrderParams }>('/api/orders/:id/manifests/:sha256', async ({ params, headers }, reply) => {
    const { bytes } = await access.manifest(params.id, params.sha256, headers.authorization);
    return reply.type(MANIFEST_TYPE).send(Buffer.from(bytes.buffer));
  });

  app.post<{ Params: Pick<OrderParams, 'id'> }>('/api/orders/:id/grants', async ({ params, headers, body }) => {
    const request = v.safeParse(GrantRequest, body);
    if (!request.success)
      throw invalid(`${v.getDotPath(request.issues[0]) ?? 'the body'}: ${request.issues[0].message}`);
    const { manifest } = await access.manifest(params.id, request.output.manifest, headers.authorization);
    const grants = request.output.files.map(async (index) => {
      const file = manifest.files[index];
      if (!file) throw invalid(`files: the order has no file ${index}`);
      return { file: index, url: await grant(file, options), expiresIn: options.grantExpiresIn * 1000 };
    });
    return { grants: await Promise.all(grants) } satisfies v.InferOutput<typeof GrantReply>;
  });
}

async function grant(file: ManifestFile, { store, grantExpiresIn }: ApiOptions): Promise<string> {
  if (file.object === undefined) throw new AppError('not-found', `${file.path} has no object in the store.`);
  return store.grant(file.object, {
    expiresIn: grantExpiresIn,
    fileName: file.path.split('/').pop() ?? file.path,
    ...(file.version !== undefined && { version: file.version }),
  });
}

function invalid(reason: string): AppError {
  return new AppError('request-invalid', `The request was refused: ${reason}.`, { reason });
}

function tooMany(): AppError {
  return new AppError('server-busy', 'Too many requests from this address. Wait a minute; nothing is lost.');
}
