import type { OpenStore } from '../store/open-store.ts';
import { FolderStore } from '../store/folder-store.ts';
import { checkAddresses } from './check-address.ts';
import { EXPOSED_HEADERS, checkBytes } from './check-bytes.ts';
import { checkOrders } from './check-orders.ts';
import { findings, type Finding } from './finding.ts';

/** What `holdfast doctor` looks at. */
export interface DoctorOptions {
  readonly target: OpenStore;
  /** Further stores that pages get URLs of. */
  readonly mirrors?: readonly OpenStore[];
  /** Makes the URLs that customers get: the store, or a gateway in front of it. */
  readonly granter: Pick<OpenStore['store'], 'grant' | 'grantOrigin'>;
  /** Sets the bucket's CORS rule first. */
  readonly fixCors: boolean;
  /** A slow customer's bytes a second. */
  readonly speed: number;
}

/** Runs all checks; each finding says what was seen and what to do. Throws nothing that a check can find. */
export async function runDoctor({ target, mirrors = [], granter, fixCors, speed }: DoctorOptions): Promise<Finding[]> {
  const origin = new URL(target.appUrl).origin;
  const found: Finding[] = [];
  const attempt = async (check: string, work: () => Promise<Finding[]>): Promise<boolean> => {
    try {
      found.push(...(await work()));
      return true;
    } catch (error) {
      // whatever a check meets is what the doctor is for
      found.push(findings(check).fail(error instanceof Error ? error.message : String(error)));
      return false;
    }
  };
  const reached = await attempt('store', async () => {
    await target.store.probe();
    return [findings('store').ok(`${target.store.name} answers, and accepts the credentials.`)];
  });
  await attempt('addresses', () => checkAddresses(target.appUrl, granter.grantOrigin));
  if (!reached) return found;
  if (fixCors) await attempt('CORS rule', () => setCors(target, origin));
  await attempt('bytes', () => checkBytes(target, granter, origin));
  for (const mirror of mirrors) {
    const { store } = mirror;
    const named = async (checks: Promise<Finding[]>): Promise<Finding[]> =>
      (await checks).map((finding) => ({
        ...finding,
        check: `mirror ${finding.check}`,
        message: `${store.name}: ${finding.message}`,
      }));
    await attempt('mirror', async () => {
      await store.probe();
      return [
        ...(await named(checkAddresses(target.appUrl, store.grantOrigin))),
        ...(await named(checkBytes(mirror, store, origin))),
      ];
    });
  }
  await attempt('orders', () => checkOrders(target, speed));
  found.push(await checkService(target.appUrl));
  return found;
}

async function setCors({ store }: OpenStore, origin: string): Promise<Finding[]> {
  const { ok, fail } = findings('CORS rule');
  if (store instanceof FolderStore) return [ok('A folder store needs no rule: the service sends the headers.')];
  if (await store.setCors(origin, EXPOSED_HEADERS))
    return [ok(`The bucket’s rule now lets pages of ${origin} read the bytes.`)];
  return [
    fail(
      'This server has no CORS rules for buckets (MinIO has one for the whole server: MINIO_API_CORS_ALLOW_ORIGIN). Nothing was changed.',
    ),
  ];
}

async function checkService(appUrl: string): Promise<Finding> {
  const { ok, warn } = findings('service');
  const reply = await fetch(`${appUrl}/readyz`, { signal: AbortSignal.timeout(15_000) }).catch(() => undefined);
  if (reply?.ok) return ok(`The service at ${appUrl} runs and reaches its store.`);
  const seen = reply ? `answers ${reply.status}` : 'does not answer';
  return warn(`${appUrl} ${seen}: order links lead there. Static links and share URLs need no service.`);
}
