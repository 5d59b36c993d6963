import type { Outcome, PreviewBytes } from '../engine-api.ts';
import type { AppErrorData } from '../order/errors.ts';

/** 256 KiB: so much of a text is read at a time, in bytes. Much more of it at once makes a page slow. */
const STEP = 256 * 1024;
/** Bytes that are not there yet are asked for again after this long, in ms. */
const ASK_AGAIN = 500;

/** Verified bytes of the file from `start` on; undefined when they are not there yet. */
export type ReadBytes = (start: number) => Promise<Outcome<PreviewBytes | undefined>>;

/** A text file, read from its beginning as far as somebody wants to see. */
export class TextFile {
  text = '';
  /** True when the end has been read. */
  whole = false;
  #at = 0;
  #decoder: TextDecoder | undefined;

  /** `chinese`: what is not UTF-8 is most likely GB 18030, otherwise Windows-1252. */
  constructor(
    private readonly read: ReadBytes,
    private readonly chinese: boolean,
  ) {}

  /** Reads the next stretch, and waits for it while `wanted` says so. Returns why it cannot be had. */
  async more(wanted: () => boolean): Promise<AppErrorData | undefined> {
    while (wanted() && !this.whole) {
      const outcome = await this.read(this.#at);
      if (!outcome.ok) return outcome.error;
      if (outcome.value) {
        await this.#append(outcome.value);
        return undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
    }
    return undefined;
  }

  async #append({ body, size }: PreviewBytes): Promise<void> {
    const bytes = new Uint8Array(await body.slice(0, STEP).arrayBuffer());
    this.#at += bytes.length;
    this.whole = this.#at >= size;
    this.#decoder ??= decoderOf(bytes, this.chinese);
    this.text += this.#decoder.decode(bytes, { stream: !this.whole });
  }
}

function decoderOf(bytes: Uint8Array, chinese: boolean): TextDecoder {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be');
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return new TextDecoder();
  } catch {
    return new TextDecoder(chinese ? 'gb18030' : 'windows-1252');
  }
}
