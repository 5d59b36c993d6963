import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { checkCopies, checkSaved, repairAll, type Damage, type OnFile } from '../client/checks.ts';
import { continueSaving } from '../client/continue-saving.ts';
import { filesIn, withoutHandle, type Copy } from '../client/copies.ts';
import { damageList, damageSummary } from '../client/damage-words.ts';
import { pickCopies } from '../client/destination-picker.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { formatFiles, formatNumber } from '../client/format.ts';
import { describeError } from '../client/messages.ts';
import type { FileRow, OrderSummary } from '../engine-api.ts';
import { sharedStyles } from './shared-styles.ts';
import { sideBySideStyles } from './side-by-side-styles.ts';

/** Compares delivered files with the order, where they were saved or in any folder, and has repaired what is damaged. */
@customElement('hf-check')
@localized()
export class HfCheck extends LitElement {
  static override readonly styles = [
    sharedStyles,
    sideBySideStyles,
    css`
      pre {
        max-height: 320px;
        margin: 8px 0 0;
        padding: 12px;
        overflow: auto;
        border-radius: 9px;
        background: var(--quiet);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) client!: EngineClient;
  @property({ attribute: false }) summary: OrderSummary | undefined;
  @property({ attribute: false }) rows: readonly FileRow[] = [];
  @state() private busy = false;
  @state() private said = '';
  /** What the last check found, until it is repaired. */
  @state() private damages: readonly Damage[] = [];
  @query('input') private readonly folderInput!: HTMLInputElement;

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('summary') || changed.get('summary')?.order === this.summary?.order) return;
    this.damages = [];
    this.said = '';
  }

  override render(): unknown {
    const { summary } = this;
    if (summary?.kind !== 'order' || summary.filesSaved + summary.filesHandedOver === 0) return nothing;
    return html`<section class="card" aria-label=${msg('Check what was delivered')}>
      <div>
        <p class="muted">
          ${msg('The delivered files can be compared with the order at any time, also when you have moved them. What is damaged can then be fetched again, and nothing else.')}
        </p>
        <p aria-live="polite">${this.said}</p>
        ${
          this.damages.length === 0
            ? nothing
            : html`<details>
                <summary>${msg('All that is damaged')}</summary>
                <pre tabindex="0">${damageList(this.damages)}</pre>
              </details>`
        }
      </div>
      ${
        summary.filesSaved > 0
          ? html`<button ?disabled=${this.busy} @click=${this.#check}>${msg('Check my copy')}</button>`
          : nothing
      }
      <button ?disabled=${this.busy} @click=${this.#pickFolder}>${msg('Check another folder')}</button>
      <input type="file" webkitdirectory hidden @change=${this.#chosen} />
      ${
        this.damages.length > 0
          ? html`<button ?disabled=${this.busy} @click=${this.#repair}>${msg('Repair')}</button>`
          : nothing
      }
    </section>`;
  }

  readonly #check = (): Promise<void> =>
    this.#work(async (order) => {
      this.damages = [];
      // after a restart the browser may want to be asked for the folders once more
      const allowed = await continueSaving(this.client, order);
      if (!allowed.ok) return describeError(allowed.error);
      const checked = await checkSaved(this.client, order, this.rows, this.#comparing);
      if (!checked.ok) return describeError(checked.error);
      this.damages = checked.value;
      const compared = this.summary?.filesSaved ?? 0;
      if (checked.value.length === 0) return msg(str`${formatFiles(compared)} compared: every byte is right.`);
      return msg(
        str`${formatFiles(checked.value.length)} not as in the order: ${damageSummary(checked.value)}. Nothing was changed. Repair fetches what is damaged and replaces these copies, also where you changed them yourself.`,
      );
    });

  readonly #pickFolder = async (): Promise<void> => {
    const pick = await pickCopies();
    // a browser without folders to keep can still read one
    if (pick.kind === 'unsupported' || pick.kind === 'failed') this.folderInput.click();
    if (pick.kind === 'folder') await this.#checkIn(await filesIn(pick.folder));
  };

  readonly #chosen = (): void => {
    const copies = [...(this.folderInput.files ?? [])].map(withoutHandle);
    this.folderInput.value = '';
    void this.#checkIn(copies);
  };

  #checkIn(copies: readonly Copy[]): Promise<void> {
    return this.#work(async (order) => {
      this.damages = [];
      const checked = await checkCopies(this.client, order, this.rows, copies, this.#comparing);
      if (!checked.ok) return describeError(checked.error);
      const { found, damages } = checked.value;
      if (found === 0) return msg('No file of this order was found in that folder. Nothing was changed.');
      this.damages = damages;
      if (damages.length === 0) return msg(str`${formatFiles(found)} compared: every byte is right.`);
      return msg(
        str`${formatFiles(damages.length)} not as in the order: ${damageSummary(damages)}. Nothing was changed. Repair fetches what is damaged and delivers these files once more; those that you have there stay.`,
      );
    });
  }

  readonly #repair = (): Promise<void> =>
    this.#work(async (order) => {
      const { damages } = this;
      const repaired = await repairAll(this.client, order, damages);
      if (!repaired.ok) return describeError(repaired.error);
      this.damages = [];
      return msg(str`${formatFiles(damages.length)}: what is damaged is fetched again, and nothing else.`);
    });

  readonly #comparing: OnFile = (done, of) => {
    this.said = msg(str`Comparing file ${formatNumber(done + 1)} of ${formatNumber(of)}.`);
  };

  async #work(task: (order: string) => Promise<string>): Promise<void> {
    const { summary } = this;
    if (!summary || this.busy) return;
    this.busy = true;
    try {
      this.said = await task(summary.order);
    } finally {
      this.busy = false;
    }
  }
}
