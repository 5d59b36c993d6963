interface Policy {
  createScriptURL(address: string): unknown;
}
type TrustedTypesGlobal = {
  readonly trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(address: string): string }): Policy };
};

/** The one way to script addresses, in the page and in its workers; the service's Content-Security-Policy allows this policy and Lit's own. */
const policy = (globalThis as TrustedTypesGlobal).trustedTypes?.createPolicy('holdfast', { createScriptURL: own });

/**
 * An address that a worker or service worker may be started from: one of this origin. Browsers without Trusted Types take the
 * text itself. Throws `TypeError` for another origin.
 */
export function trustedUrl(address: string): string {
  // the types of `Worker` and of Workbox say string; what Trusted Types give is taken in its place
  return (policy?.createScriptURL(address) ?? own(address)) as string;
}

function own(address: string): string {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new TypeError(`${url.origin} is not this app.`);
  return url.href;
}
