import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { filesIn, offerFiles, prepareDrop, withoutHandle, type Copy, type Recognised } from '../client/copies.ts';
import { pickCopies } from '../client/destination-picker.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { formatBytes, formatFiles, formatNumber, joinSentences } from '../client/format.ts';
import { mainActionWord } from '../client/main-action.ts';
import { describeError } from '../client/messages.ts';
import type { OrderSummary } from '../engine-api.ts';
import type { FilesDroppedEvent } from './events.ts';
import { holdsFiles } from './page-drop.ts';
import { sharedStyles } from './shared-styles.ts';
import { sideBySideStyles } from './side-by-side-styles.ts';

/** What the customer has already: files that need not be fetched. */
@customElement('hf-copies')
@localized()
export class HfCopies extends LitElement {
  static override readonly styles = [
    sharedStyles,
    sideBySideStyles,
    css`
      section.over {
        outline: 2px dashed var(--accent);
      }
    `,
  ];

  @property({ attribute: false }) client!: EngineClient;
  @property({ attribute: false }) summary: OrderSummary | undefined;
  @state() private busy = false;
  @state() private said = '';
  /** What came of the files that were given last; what is to be done about them changes with the order. */
  @state() private recognised: Recognised | undefined;
  @state() private over = false;
  @query('input[multiple]') private readonly filesInput!: HTMLInputElement;
  @query('input[webkitdirectory]') private readonly folderInput!: HTMLInputElement;

  override connectedCallback(): void {
    super.connectedCallback();
    void prepareDrop().catch(() => undefined);
    window.addEventListener('dragover', this.#dragged);
    window.addEventListener('dragleave', this.#left);
    window.addEventListener('drop', this.#let);
    window.addEventListener('hf-files-dropped', this.#dropped);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('dragover', this.#dragged);
    window.removeEventListener('dragleave', this.#left);
    window.removeEventListener('drop', this.#let);
    window.removeEventListener('hf-files-dropped', this.#dropped);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('summary') || changed.get('summary')?.order === this.summary?.order) return;
    this.said = '';
    this.recognised = undefined;
  }

  override render(): unknown {
    const { summary } = this;
    if (!summary || !takesFiles(summary)) return nothing;
    return html`<section class="card ${this.over ? 'over' : ''}" aria-label=${msg('What you have already')}>
      <div>
        <p class="muted">
          ${msg('Files that you have already, also half ones, are recognised by their content and not fetched again: on a stick, in an old folder, in half a download. Drop files or folders here, or choose them.')}
        </p>
        <p aria-live=${this.busy ? 'off' : 'polite'}>
          ${this.recognised ? offerResult(this.recognised, summary) : this.said}
        </p>
      </div>
      <button ?disabled=${this.busy} @click=${() => this.filesInput.click()}>${msg('Use files I have')}</button>
      <button ?disabled=${this.busy} @click=${this.#pickFolder}>${msg('Use a folder I have')}</button>
      <input type="file" multiple hidden @change=${this.#chosen} />
      <input type="file" webkitdirectory hidden @change=${this.#chosen} />
    </section>`;
  }

  readonly #dragged = (event: DragEvent): void => {
    this.over = holdsFiles(event) && this.summary !== undefined && takesFiles(this.summary);
  };

  readonly #left = (event: DragEvent): void => {
    if (event.relatedTarget === null) this.over = false;
  };

  readonly #let = (): void => void (this.over = false);

  readonly #dropped = (event: FilesDroppedEvent): void => {
    if (!this.summary || !takesFiles(this.summary)) return;
    event.preventDefault();
    void this.#offer(event.files);
  };

  readonly #chosen = ({ currentTarget }: Event): void => {
    const input = currentTarget as HTMLInputElement;
    const files = [...(input.files ?? [])].map(withoutHandle);
    input.value = '';
    void this.#offer(files);
  };

  readonly #pickFolder = async (): Promise<void> => {
    const pick = await pickCopies();
    // a browser without folders to keep can still read one
    if (pick.kind === 'unsupported' || pick.kind === 'failed') this.folderInput.click();
    if (pick.kind === 'folder') await this.#offer(await filesIn(pick.folder));
  };

  async #offer(files: readonly Copy[]): Promise<void> {
    const { summary } = this;
    if (!summary || this.busy) return;
    const total = formatNumber(files.length);
    await this.#work(async () => {
      const said = (done: number): string => msg(str`${formatNumber(done)} of ${total} files looked at.`);
      const offered = await offerFiles(this.client, summary.order, files, (done) => (this.said = said(done)));
      if (!offered.ok) return describeError(offered.error);
      this.recognised = offered.value;
      return '';
    });
  }

  async #work(task: () => Promise<string>): Promise<void> {
    this.busy = true;
    this.recognised = undefined;
    try {
      this.said = await task();
    } finally {
      this.busy = false;
    }
  }
}

function takesFiles({ kind, files, filesSaved, filesHandedOver }: OrderSummary): boolean {
  return kind === 'order' && filesSaved + filesHandedOver < files;
}

function offerResult({ files, bytes, wait }: Recognised, summary: OrderSummary): string {
  if (files === 0) return msg('None of these files belongs to this order, or all of it is here already.');
  const known = msg(str`${formatFiles(files)} recognised: ${formatBytes(bytes)} need not be fetched.`);
  const action = wait ? actionBefore(summary) : undefined;
  if (action === undefined) return known;
  return joinSentences(
    known,
    msg(
      str`They are checked and taken over once you press ${action}: until then leave them where they are, and this window open.`,
    ),
  );
}

/** What must be pressed before whole files are taken over; undefined when it goes by itself. */
function actionBefore({ state, reason }: OrderSummary): string | undefined {
  if (state === 'ready') return mainActionWord('start');
  if (state === 'paused') return mainActionWord('resume');
  return reason?.code.startsWith('folder-') === true ? mainActionWord('continue-saving') : undefined;
}
