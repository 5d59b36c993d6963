import { LitElement, css, html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { helpTopics, loginTopics, type HelpTopic } from '../client/help-topics.ts';
import { openIcon } from './icons.ts';
import { panelStyles } from './panel-styles.ts';
import { sharedStyles } from './shared-styles.ts';

/** What happens when…, how to start by itself, and (in its slot) what to give to support. */
@customElement('hf-help-page')
@localized()
export class HfHelpPage extends LitElement {
  static override readonly styles = [
    sharedStyles,
    panelStyles,
    css`
      details {
        border-top: 1px solid var(--line);
      }
      h2 + details {
        border-top: 0;
      }
      .card {
        padding-bottom: 8px;
      }
      summary {
        display: flex;
        align-items: center;
        gap: 10px;
        min-height: 44px;
        padding: 4px 0;
        border-radius: 6px;
        font-weight: 600;
        cursor: pointer;
        list-style: none;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      summary svg {
        flex: none;
        color: var(--muted);
        transition: transform 120ms;
      }
      details[open] summary svg {
        transform: rotate(180deg);
      }
      .answer {
        display: grid;
        gap: 8px;
        padding: 0 0 14px 30px;
        color: var(--muted);
        overflow-wrap: anywhere;
      }
    `,
  ];

  override render(): unknown {
    return html`<div class="page">
      <h1>${msg('Help')}</h1>
      <section class="card">
        <h2>${msg('What happens when…')}</h2>
        ${helpTopics().map(entry)}
      </section>
      <section class="card">
        <h2>${msg('An app that starts by itself')}</h2>
        ${loginTopics(location.origin).map(entry)}
      </section>
      <slot></slot>
    </div>`;
  }
}

function entry({ id, question, answer }: HelpTopic): unknown {
  return html`<details id=${id}>
    <summary>${openIcon}${question}</summary>
    <div class="answer">${answer.map((paragraph) => html`<p>${paragraph}</p>`)}</div>
  </details>`;
}
