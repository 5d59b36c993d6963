import { lookup } from 'node:dns/promises';
import { BlockList, isIPv4 } from 'node:net';
import { connect } from 'node:tls';
import { findings, type Finding } from './finding.ts';

const LOCAL_NAMES = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/;

const privateRanges = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  privateRanges.addSubnet(network, bits);
privateRanges.addSubnet('fc00::', 7, 'ipv6');
privateRanges.addAddress('::1', 'ipv6');

/** Whether a browser may run the app from its address, and fetch the bytes from theirs. */
export async function checkAddresses(appUrl: string, grantOrigin: string): Promise<Finding[]> {
  const [app, bytes] = [new URL(appUrl), new URL(grantOrigin)];
  return [checkSecure(app), checkMixed(app, bytes), await checkNetwork(app, bytes), await checkProtocol(bytes)];
}

function checkSecure(app: URL): Finding {
  const { ok, fail } = findings('https');
  if (app.protocol === 'https:') return ok(`${app.origin} is https.`);
  if (LOCAL_NAMES.test(app.hostname)) return ok(`${app.origin} is this computer, where browsers need no https.`);
  return fail(
    `${app.origin} is neither https nor localhost: browsers keep no files for such a page. Put an https proxy in front, or give serve --tls-cert and --tls-key.`,
  );
}

function checkMixed(app: URL, bytes: URL): Finding {
  const { ok, fail } = findings('mixed content');
  if (app.protocol === 'https:' && bytes.protocol !== 'https:' && !LOCAL_NAMES.test(bytes.hostname))
    return fail(
      `The app is https, the bytes come from ${bytes.origin}: browsers refuse that. Give the store https, or pass its bytes on: serve --gateway.`,
    );
  return ok('App and bytes go together.');
}

/** Since Chrome 142 a public page asks the user before it may reach a private address (Local Network Access). */
async function checkNetwork(app: URL, bytes: URL): Promise<Finding> {
  const { ok, warn, fail } = findings('network');
  const store = await isPrivate(bytes.hostname);
  if (store === undefined) return fail(`${bytes.hostname} has no address here. Check DNS, or --public-endpoint.`);
  const page = await isPrivate(app.hostname);
  if (page === undefined) return fail(`${app.hostname} has no address here. Check DNS, or --app.`);
  if (store && !page)
    return warn(
      `The app is public, ${bytes.hostname} is a private address: customers outside cannot reach it, and inside the browser asks them first. Use serve --gateway, or a public address for the store.`,
    );
  return ok(store ? 'App and store are on a private network or on this computer.' : 'The store has a public address.');
}

async function isPrivate(hostname: string): Promise<boolean | undefined> {
  const found = await lookup(hostname.replace(/^\[|\]$/g, '')).catch(() => undefined);
  return found && privateRanges.check(found.address, isIPv4(found.address) ? 'ipv4' : 'ipv6');
}

async function checkProtocol(bytes: URL): Promise<Finding> {
  const { ok, warn } = findings('connections');
  if (bytes.protocol !== 'https:') return ok('HTTP/1.1: ranges use several connections.');
  const port = Number(bytes.port || 443);
  const protocol = await new Promise<string | false | null>((resolve) => {
    const options = { host: bytes.hostname, port, ALPNProtocols: ['h2', 'http/1.1'] };
    // only what is spoken is asked here; whether the certificate is right is for the checks that fetch
    const socket = connect({ ...options, rejectUnauthorized: false }, () => {
      resolve(socket.alpnProtocol);
      socket.destroy();
    });
    socket.setTimeout(10_000, () => socket.destroy());
    socket.once('error', () => resolve(null));
    socket.once('close', () => resolve(null));
  });
  if (protocol !== 'h2') return ok('HTTP/1.1: ranges use several connections.');
  return warn(
    `${bytes.host} speaks HTTP/2: all ranges share one connection, which is slow over long distances. Switch HTTP/2 off for this host, or spread the bytes over several hosts.`,
  );
}
