import { LitElement, css, html } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { panelStyles } from './panel-styles.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-copy-button.ts';

/** A report for support, to be read first, then copied or saved. Nothing is sent by itself. */
@customElement('hf-diagnostics')
@localized()
export class HfDiagnostics extends LitElement {
  static override readonly styles = [
    sharedStyles,
    panelStyles,
    css`
      pre {
        max-height: 320px;
        margin: 14px 0 0;
        padding: 12px;
        overflow: auto;
        border-radius: 9px;
        background: var(--quiet);
        font:
          0.8rem/1.5 ui-monospace,
          monospace;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .buttons {
        justify-content: flex-start;
      }
    `,
  ];

  /** Writes the report. */
  @property({ attribute: false }) report: () => Promise<string> = () => Promise.resolve('');
  @state() private text = '';

  override render(): unknown {
    return html`<section class="card">
      <h2>${msg('Diagnostics')}</h2>
      <p class="hint">
        ${msg('When something does not work, give this report to whoever helps you. It says what the app did, without keys, links or names of files. Nothing is sent by itself.')}
      </p>
      ${this.text === '' ? html`` : html`<pre tabindex="0" aria-label=${msg('Report')}>${this.text}</pre>`}
      <div class="buttons">
        ${
          this.text === ''
            ? html`<button @click=${this.#write}>${msg('Show report')}</button>`
            : html`<hf-copy-button .text=${this.text} .label=${msg('Copy report')}></hf-copy-button
                ><button @click=${this.#write}>${msg('Write it anew')}</button
                ><button @click=${this.#save}>${msg('Save report')}</button>`
        }
      </div>
    </section>`;
  }

  readonly #write = async (): Promise<void> => {
    this.text = await this.report();
    await this.updateComplete;
    this.renderRoot.querySelector('pre')?.focus();
  };

  readonly #save = (): void => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([this.text], { type: 'text/plain' }));
    link.download = `holdfast-report-${new Date().toISOString().slice(0, 10)}.txt`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
}
