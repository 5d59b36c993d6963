import { msg, str } from '@lit/localize';

/** A question that customers ask, and its answer: a paragraph or more. */
export interface HelpTopic {
  readonly id: string;
  readonly question: string;
  readonly answer: readonly string[];
}

/** What happens when…, in the page's language. */
export function helpTopics(): readonly HelpTopic[] {
  return [
    topic('close', msg('…I close the window, or the computer shuts down?'), [
      msg(
        'Nothing is lost. Every part that was checked is on this disk. Open the app again, and it goes on from there by itself.',
      ),
    ]),
    topic('crash', msg('…the browser or the computer crashes?'), [
      msg(
        'The same. What was on its way at that moment is looked at again; at most some megabytes are fetched twice, and the order’s page says how many.',
      ),
    ]),
    topic('network', msg('…the network goes away, or the computer sleeps?'), [
      msg(
        'It waits, and goes on within seconds when the network is back. No attempt is used up, however long it takes.',
      ),
    ]),
    topic('link', msg('…the link expires?'), [
      msg(
        'Everything received is kept. Ask the sender for a new link to the same order and open it: it goes on where the old one stopped.',
      ),
    ]),
    topic('folder', msg('…the browser asks for the folder again?'), [
      msg(
        'After a restart, a plain tab must be allowed once more to write into your folder: press “Continue saving”. Downloading does not wait for it. Installed as an app, the browser remembers it.',
      ),
    ]),
    topic('disk', msg('…the disk is full?'), [
      msg(
        'Everything stops at once and is kept. Free some space, then press “Resume” or “Continue saving”. While it runs, an order needs room for a few files beside the saved ones. Where half files fill the disk, later ones give way to the one that lacks the least, and are fetched again.',
      ),
    ]),
    topic('downloads', msg('…files go to the browser’s downloads?'), [
      msg(
        'That is so where there is no folder, or where it refuses a file. When the browser asks whether this page may download several files, allow it. This page cannot see whether a download arrived, so the app keeps its copies, and the disk holds the files twice. Look into the browser’s downloads, then press “Yes, free the space”.',
      ),
    ]),
    topic('damaged', msg('…a file arrives damaged?'), [
      msg(
        'Every piece is compared with the sender’s checksum before anything is saved. A damaged piece is fetched again, only that one. If it is damaged at the source, only its file stops, and says so.',
      ),
    ]),
    topic('same-name', msg('…a file of that name is there already?'), [
      msg(
        'If it is the same file, it is kept as it is and not fetched again. If it is another one, yours stays, and the new one gets a number.',
      ),
    ]),
    topic('windows', msg('…I open it in two windows?'), [
      msg(
        'One of them works, the other shows the same and can command. When the first is closed, the other takes over.',
      ),
    ]),
    topic('check', msg('…I want to check the files myself?'), [
      msg(
        'Beside the files lies SHA256SUMS. In that folder, run “sha256sum -c SHA256SUMS”, or on Windows “certutil -hashfile FILE SHA256”. Each file’s row also shows its SHA-256.',
      ),
    ]),
    topic('version', msg('…there is a new version of the app?'), [
      msg('It waits until you press Reload, and never starts while a file is being saved. Your orders are kept.'),
    ]),
  ];
}

/** How the app starts by itself; `origin` is its address. */
export function loginTopics(origin: string): readonly HelpTopic[] {
  return [
    topic('login', msg('Start it when I sign in'), [
      msg(
        'Install the app first (in the browser’s menu: “Install Holdfast”). Then open chrome://apps or edge://apps, right-click Holdfast, and choose “Start app when you sign in”.',
      ),
    ]),
    topic('policy', msg('For company IT'), [
      msg(
        str`Policy WebAppInstallForceList installs it in a window of its own: [{"url": "${origin}/", "default_launch_container": "window", "create_desktop_shortcut": true}].`,
      ),
      msg(
        str`WebAppSettings starts it at sign-in: [{"manifest_id": "${origin}/", "run_on_os_login": "run_windowed"}].`,
      ),
      msg(
        str`Folders need FileSystemWriteAskForUrls to list ${origin}, where DefaultFileSystemWriteGuardSetting forbids writing. Without it, the page offers the browser’s downloads instead.`,
      ),
      msg(
        'The page talks to its own address and to the store that holds the files, to nobody else. If a proxy opens TLS connections, it must not change what passes.',
      ),
    ]),
  ];
}

function topic(id: string, question: string, answer: readonly string[]): HelpTopic {
  return { id, question, answer };
}
