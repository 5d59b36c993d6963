import { CLAIM_CLIENTS, type PreviewAsk, type PreviewReply } from '../preview-port.ts';
import type { EngineClient } from './engine-client.ts';

/** A service worker that is not ready after this long, in ms, will not be. */
const READY_WITHIN = 10_000;

/** Answers what the service worker asks for the elements of this window, until the function that is returned is called. */
export function answerPreviews(client: EngineClient): () => void {
  const heard = ({ data, ports: [port] }: MessageEvent<PreviewAsk | undefined>): void => {
    if (data?.kind === 'preview' && port) void answer(client, data).then((reply) => port.postMessage(reply));
  };
  navigator.serviceWorker.addEventListener('message', heard);
  return () => navigator.serviceWorker.removeEventListener('message', heard);
}

async function answer(client: EngineClient, { order, file, start }: PreviewAsk): Promise<PreviewReply> {
  const outcome = await client.command((engine) => engine.preview(order, file, start));
  if (outcome.ok) return outcome.value ?? 'later';
  return outcome.error.code === 'engine-failed' ? 'later' : 'refused';
}

/**
 * True once this window's requests pass through the service worker. One that was opened before there was one is taken over first;
 * false where there is none, as in some private windows.
 */
export async function previewsAreAnswered(): Promise<boolean> {
  const { serviceWorker } = navigator as { readonly serviceWorker?: ServiceWorkerContainer };
  if (!serviceWorker) return false;
  if (serviceWorker.controller) return true;
  const registration = await serviceWorker.getRegistration().catch(() => undefined);
  if (!registration) return false;
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), READY_WITHIN);
    serviceWorker.addEventListener('controllerchange', () => resolve(true), { once: true });
    void serviceWorker.ready.then(({ active }) => active?.postMessage({ type: CLAIM_CLIENTS }));
  });
}
