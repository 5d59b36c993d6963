import type { Command } from 'commander';
import { makeGateway, type Gateway } from '../store/gateway.ts';
import type { OpenStore } from '../store/open-store.ts';
import { serveOption } from './serve.ts';
import { readSettings, type ServeFlags } from './serve-settings.ts';
import { withStore, type StoreFlags } from './store-options.ts';

/** What every command that makes share URLs is given. */
export type ShareFlags = StoreFlags & Pick<ServeFlags, 'gateway'>;

/** Adds the options that say which store it is, and who makes its URLs. */
export function withShares(command: Command): Command {
  return withStore(command).addOption(serveOption('gateway'));
}

/** Who makes share URLs: the service, where it passes the store's bytes on, otherwise the store. Throws `input-invalid`. */
export function chooseGranter(target: OpenStore, { gateway }: ShareFlags): OpenStore['store'] | Gateway {
  const settings = readSettings({ gateway }, process.env);
  return settings.gateway ? makeGateway(target, settings.HOLDFAST_SIGNING_SECRET) : target.store;
}
