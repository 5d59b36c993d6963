import { looksLikeOrderLink } from '../order/link.ts';

/** What the address asks for. `link`: an order link that is not opened yet, with its secret. `add`: the list, and the dialog for links. */
export type Route =
  | { readonly page: 'orders' | 'add' | 'settings' | 'help' }
  | { readonly page: 'order'; readonly order: string }
  | { readonly page: 'link'; readonly link: string };

const PAGES = ['add', 'settings', 'help'] as const;

/** Reads the fragment of an address. */
export function parseRoute(href: string): Route {
  if (looksLikeOrderLink(href)) return { page: 'link', link: href };
  const page = PAGES.find((each) => href.endsWith(`#/${each}`));
  if (page) return { page };
  const match = /#\/order\/(.+)$/.exec(href);
  if (!match?.[1]) return { page: 'orders' };
  try {
    return { page: 'order', order: decodeURIComponent(match[1]) };
  } catch {
    return { page: 'orders' };
  }
}

/** The fragment of an order's page. */
export function orderHref(order: string): string {
  return `#/order/${encodeURIComponent(order)}`;
}
