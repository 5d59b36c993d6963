import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { continueSaving } from '../client/continue-saving.ts';
import { checkSaved, filesIn, offerFiles, prepareDrop, repairAll, type Damage } from '../client/copies.ts';
import { pickCopies } from '../client/destination-picker.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { formatBytes, formatFiles, formatNumber } from '../client/format.ts';
import { describeError } from '../client/messages.ts';
import type { FileRow, OrderSummary } from '../engine-api.ts';
import type { FilesDroppedEvent } from './events.ts';
import { holdsFiles } from './page-drop.ts';
import { sharedStyles } from './shared-styles.ts';

/** What the customer has already: files that need not be fetched, and a saved folder that can be checked. */
@customElement('hf-copies')
@localized()
export class HfCopies extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      section {
        display: flex;
        flex-wrap: wrap;
        gap: 10px 16px;
        align-items: center;
        justify-content: space-between;
      }
      div {
        flex: 1 1 320px;
      }
      section.over {
        outline: 2px dashed var(--accent);
      }
    `,
  ];

  @property({ attribute: false }) client!: EngineClient;
  @property({ attribute: false }) summary: OrderSummary | undefined;
  @property({ attribute: false }) rows: readonly FileRow[] = [];
  @state() private busy = false;
  @state() private said = '';
  @state() private over = false;
  @query('input[multiple]') private readonly filesInput!: HTMLInputElement;
  @query('input[webkitdirectory]') private readonly folderInput!: HTMLInputElement;
  /** What the last check found, until it is repaired. */
  @state() private damages: readonly Damage[] = [];

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
    this.damages = [];
    this.said = '';
  }

  override render(): unknown {
    const { summary } = this;
    if (summary?.kind !== 'order') return nothing;
    const open = takesFiles(summary);
    return html`<section class="card ${this.over ? 'over' : ''}" aria-label=${msg('What you have already')}>
      <div>
        <p class="muted">
          ${
            open
              ? msg(
                  'Files that you have already, also half ones, are recognised by their content and not fetched again: on a stick, in an old folder, in half a download. Drop files or folders here, or choose them.',
                )
              : msg(
                  'The saved files can be compared with the order at any time. What is damaged can then be fetched again, and nothing else.',
                )
          }
        </p>
        <p aria-live=${this.busy ? 'off' : 'polite'}>${this.said}</p>
      </div>
      ${
        open
          ? html`<button ?disabled=${this.busy} @click=${() => this.filesInput.click()}>
                ${msg('Use files I have')}
              </button>
              <button ?disabled=${this.busy} @click=${this.#pickFolder}>${msg('Use a folder I have')}</button>
              <input type="file" multiple hidden @change=${this.#chosen} />
              <input type="file" webkitdirectory hidden @change=${this.#chosen} />`
          : nothing
      }
      ${
        summary.filesSaved > 0
          ? html`<button ?disabled=${this.busy} @click=${this.#check}>${msg('Check my copy')}</button>`
          : nothing
      }
      ${
        this.damages.length > 0
          ? html`<button ?disabled=${this.busy} @click=${this.#repair}>${msg('Repair')}</button>`
          : nothing
      }
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
    const files = [...(input.files ?? [])];
    input.value = '';
    void this.#offer(files);
  };

  readonly #pickFolder = async (): Promise<void> => {
    const pick = await pickCopies();
    // a browser without folders to keep can still read one
    if (pick.kind === 'unsupported' || pick.kind === 'failed') this.folderInput.click();
    if (pick.kind === 'folder') await this.#offer(await filesIn(pick.folder));
  };

  async #offer(files: readonly File[]): Promise<void> {
    const { summary } = this;
    if (!summary || this.busy) return;
    const total = formatNumber(files.length);
    await this.#work(async () => {
      const said = (done: number): string => msg(str`Looking at file ${formatNumber(done + 1)} of ${total}.`);
      const offered = await offerFiles(this.client, summary.order, files, (done) => (this.said = said(done)));
      if (!offered.ok) return describeError(offered.error);
      const { files: known, bytes } = offered.value;
      return known === 0
        ? msg('None of these files belongs to this order, or all of it is here already.')
        : msg(str`${formatFiles(known)} recognised: ${formatBytes(bytes)} need not be fetched.`);
    });
  }

  readonly #check = async (): Promise<void> => {
    const { summary } = this;
    if (!summary) return;
    await this.#work(async () => {
      this.damages = [];
      // after a restart the browser may want to be asked for the folders once more
      const allowed = await continueSaving(this.client, summary.order);
      if (!allowed.ok) return describeError(allowed.error);
      const said = (done: number, of: number): string =>
        msg(str`Comparing file ${formatNumber(done + 1)} of ${formatNumber(of)}.`);
      const checked = await checkSaved(this.client, summary.order, this.rows, (...at) => (this.said = said(...at)));
      if (!checked.ok) return describeError(checked.error);
      this.damages = checked.value;
      return checkResult(checked.value, summary.filesSaved);
    });
  };

  readonly #repair = async (): Promise<void> => {
    const { summary, damages } = this;
    if (!summary) return;
    await this.#work(async () => {
      const repaired = await repairAll(this.client, summary.order, damages);
      if (!repaired.ok) return describeError(repaired.error);
      this.damages = [];
      return msg(str`${formatFiles(damages.length)}: what is damaged is fetched again, and the copies are replaced.`);
    });
  };

  async #work(task: () => Promise<string>): Promise<void> {
    this.busy = true;
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

function checkResult(damages: readonly Damage[], saved: number): string {
  if (damages.length === 0) return msg(str`${formatFiles(saved)} compared: every byte is right.`);
  const names = damages.slice(0, 3).map((damage) => `${damage.path} (${damageWord(damage)})`);
  if (damages.length > names.length) names.push('…');
  return msg(
    str`${formatFiles(damages.length)} not as in the order: ${names.join(', ')}. Nothing was changed. Repair fetches what is damaged and replaces these copies, also where you changed them yourself.`,
  );
}

function damageWord({ gone, pieces }: Damage): string {
  if (gone) return msg('gone');
  if (pieces.length === 0) return msg('longer than it was');
  const shown = pieces.slice(0, 5).map((piece) => formatNumber(piece));
  if (pieces.length > shown.length) shown.push('…');
  return msg(str`piece ${shown.join(', ')}`);
}
