import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly sessionId: string; readonly targetInfo: { readonly type: string } };
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** The few DevTools commands that the bench needs, over the browser's pipe (JSON, each ended by a zero byte). */
export class DevTools {
  private readonly pending = new Map<number, (reply: Reply) => void>();
  private next = 0;
  private session: string | undefined;
  private worker: string | undefined;

  private constructor(private readonly into: Writable) {}

  /** Attaches to the first tab of a browser that was started with `--remote-debugging-pipe`. */
  static async attach(child: ChildProcess): Promise<DevTools> {
    const [, , , into, from] = child.stdio as [unknown, unknown, unknown, Writable, Readable];
    const tools = new DevTools(into);
    into.on('error', () => undefined); // the browser was killed
    tools.listen(from);
    child.once('exit', () => tools.ended());
    const giveUpAt = Date.now() + 30_000;
    for (;;) {
      const { targetInfos } = await tools.send('Target.getTargets', {});
      const targets = targetInfos as readonly { readonly type: string; readonly targetId: string }[];
      const page = targets.find(({ type }) => type === 'page');
      if (page) {
        const attached = await tools.send('Target.attachToTarget', { targetId: page.targetId, flatten: true });
        tools.session = attached['sessionId'] as string;
        return tools;
      }
      if (Date.now() > giveUpAt) throw new Error('The browser has no tab.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  send(
    method: string,
    params: Record<string, unknown>,
    session: string | undefined = this.session,
  ): Promise<Record<string, unknown>> {
    const id = ++this.next;
    return new Promise((resolve, reject) => {
      this.pending.set(id, ({ result, error }) => (result ? resolve(result) : reject(new Error(error?.message))));
      const to = session === undefined ? {} : { sessionId: session };
      this.into.write(`${JSON.stringify({ id, method, params, ...to })}\0`);
    });
  }

  evaluate<T>(expression: string): Promise<T> {
    return this.evaluateIn<T>(this.session, expression);
  }

  /** Runs `expression` in the page's worker. Attached only when it is asked for, since it may cost something. */
  async evaluateInWorker<T>(expression: string): Promise<T> {
    if (this.worker === undefined) {
      await this.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
    }
    return this.evaluateIn<T>(this.worker, expression);
  }

  private async evaluateIn<T>(session: string | undefined, expression: string): Promise<T> {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', params, session);
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  private listen(from: Readable): void {
    let rest = '';
    from.setEncoding('utf8').on('data', (text: string) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop() ?? '';
      for (const message of messages) {
        const reply = JSON.parse(message) as Reply;
        if (reply.method === 'Target.attachedToTarget' && reply.params?.targetInfo.type === 'worker') {
          this.worker = reply.params.sessionId;
        }
        if (reply.id === undefined) continue;
        this.pending.get(reply.id)?.(reply);
        this.pending.delete(reply.id);
      }
    });
  }

  private ended(): void {
    for (const settle of this.pending.values()) settle({ error: { message: 'The browser has ended.' } });
    this.pending.clear();
  }
}
